import { html } from './html.ts'
import { type PageContext, page } from './layout.ts'

interface DeviceForm extends PageContext {
  readonly action: string
  readonly xsrf: string
}

export interface CodeForm extends DeviceForm {
  readonly code: string | undefined
  readonly error: string | undefined
}

export interface ConfirmForm extends DeviceForm {
  readonly code: string
  readonly clientName: string
  readonly device: string
  /** The address from which the program asked. */
  readonly ip: string
}

/** Where a person types in the code that a program shows. */
export const codePage = (form: CodeForm): string =>
  page(
    form,
    'Connect a program',
    html`<form method="post" action="${form.action}">
<input type="hidden" name="xsrf" value="${form.xsrf}">
<label for="code">Code</label>
<p class="hint" id="code-hint">The eight letters that your program shows.</p>
<input id="code" name="user_code" type="text" value="${form.code}" autocomplete="off" autocapitalize="characters" spellcheck="false"
 maxlength="32" aria-describedby="code-hint${form.error === undefined ? '' : ' error'}" autofocus required${
   form.error === undefined ? html`` : html` aria-invalid="true"`
 }>
<button type="submit">Continue</button>
</form>`,
    form.error,
  )

/** Protects against an attacker who sends the reader a link with the attacker's own code. */
export const confirmPage = (form: ConfirmForm): string =>
  page(
    form,
    `Connect ${form.clientName}?`,
    html`<p>Does your program show exactly this code?</p>
<strong class="code">${form.code}</strong>
<dl><dt>Device</dt><dd>${form.device}</dd><dt>Asked from</dt><dd>${form.ip}</dd></dl>
<p>If you did not start this yourself, or somebody sent you here, cancel: whoever started it would read your messages.</p>
<form method="post" action="${form.action}">
<input type="hidden" name="xsrf" value="${form.xsrf}">
<input type="hidden" name="user_code" value="${form.code}">
<button type="submit" name="confirm" value="yes">Yes, it is the same code</button>
<button type="submit" name="abort" value="yes" class="plain">Cancel</button>
</form>`,
  )
