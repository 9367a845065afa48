import { type Html, html } from './html.ts'

export interface PageContext {
  /** Path of the authorization server, as browsers see it: `/oauth`. */
  readonly base: string
}

export const pageType = 'text/html; charset=utf-8'

/** What went wrong: screen readers read it out as soon as the page is there, and the title names it. */
export const alert = (message: string | undefined): Html =>
  message === undefined ? html`` : html`<div class="error" id="error" role="alert"><p>${message}</p></div>`

/** A whole page around one task. */
export const page = ({ base }: PageContext, title: string, body: Html, error?: string): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${error === undefined ? '' : 'Error: '}${title} - Backscroll</title>
<link rel="stylesheet" href="${base}/style.css">
</head>
<body>
<main>
<div class="card">
<p class="brand">Backscroll</p>
<h1>${title}</h1>
${alert(error)}
${body}
</div>
</main>
</body>
</html>
`.html

/** For pages that need it. */
export const script = ({ base }: PageContext): Html => html`<script src="${base}/passkey.js" defer></script>`

/** A page that says something and asks nothing. */
export const messagePage = (context: PageContext, title: string, message: string): string =>
  page(context, title, html`<p>${message}</p>`)
