import { html } from './html.ts'
import { type PageContext, page } from './layout.ts'

/** Asks before a link from elsewhere signs anybody out. */
export const signOutPage = (form: PageContext & { readonly action: string; readonly xsrf: string }): string =>
  page(
    form,
    'Sign out?',
    html`<p>This browser will be signed out of Backscroll. Apps that were signed in from here have to sign in again.</p>
<form method="post" action="${form.action}">
<input type="hidden" name="xsrf" value="${form.xsrf}">
<button type="submit" name="logout" value="yes">Sign out</button>
<button type="submit" class="plain">Stay signed in</button>
</form>`,
  )
