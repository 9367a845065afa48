import { html } from './html.ts'
import { type PageContext, page, script } from './layout.ts'
import { type PasskeyForm, passkeyForm } from './passkey-page.ts'

export interface SecondFactorForm extends PageContext {
  readonly action: string
  readonly csrf: string
  /** Is there an app that shows codes? Otherwise only a recovery code can be typed. */
  readonly app: boolean
  readonly passkey: PasskeyForm | undefined
  readonly error?: string | undefined
}

/** After the password: what only the person has. */
export const secondFactorPage = (form: SecondFactorForm): string =>
  page(
    form,
    'Confirm that it is you',
    html`${passkeyForm(form.passkey)}
<form method="post" action="${form.action}">
<input type="hidden" name="csrf" value="${form.csrf}">
<label for="code">Code</label>
<p class="hint" id="code-hint">${
      form.app
        ? 'Six digits from your authenticator app, or one of your recovery codes.'
        : 'One of your recovery codes.'
    }</p>
<input id="code" name="code" type="text" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" maxlength="64"
 aria-describedby="code-hint${form.error === undefined ? '' : ' error'}" autofocus required${
   form.error === undefined ? html`` : html` aria-invalid="true"`
 }>
<button type="submit" name="act" value="code">Continue</button>
<button type="submit" name="act" value="restart" class="plain" formnovalidate>Sign in as somebody else</button>
</form>
${form.passkey === undefined ? html`` : script(form)}`,
    form.error,
  )
