import { html } from './html.ts'
import { type PageContext, page } from './layout.ts'

export interface ConsentForm extends PageContext {
  readonly action: string
  readonly csrf: string
  readonly clientName: string
  readonly device: string
  /** Host, or app scheme, that the browser goes to afterwards; undefined when it goes nowhere. */
  readonly goesTo: string | undefined
  readonly scopes: readonly string[]
}

const meanings: Readonly<Record<string, string>> = {
  messages: 'Send and receive messages in your name',
  analyst: 'Read the history of all conversations: who wrote when, never what',
  admin: 'Administer this server',
}

/** The last step: what the client gets, and on which device. */
export const consentPage = (form: ConsentForm): string =>
  page(
    form,
    `Sign in to ${form.clientName}?`,
    html`<p>${form.clientName} asks to:</p>
<ul>${form.scopes.flatMap((scope) => (meanings[scope] === undefined ? [] : html`<li>${meanings[scope]}</li>`))}</ul>
<dl><dt>Device</dt><dd>${form.device}</dd>
${form.goesTo === undefined ? html`` : html`<dt>You go on to</dt><dd>${form.goesTo}</dd>`}</dl>
<form method="post" action="${form.action}">
<input type="hidden" name="csrf" value="${form.csrf}">
<button type="submit" name="act" value="consent">Allow</button>
<button type="submit" name="act" value="cancel" class="plain">Cancel</button>
</form>`,
  )
