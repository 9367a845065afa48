import { type Html, html } from './html.ts'
import { type PageContext, page, script } from './layout.ts'
import { type PasskeyForm, passkeyForm } from './passkey-page.ts'

export interface CredentialsForm extends PageContext {
  /** Where the form goes: the interaction's own address. */
  readonly action: string
  readonly csrf: string
  readonly clientName: string
  /** As it was typed before. Never the password. */
  readonly login?: string | undefined
  readonly error?: string | undefined
  readonly passkey?: PasskeyForm | undefined
}

const invalid = (error: string | undefined): Html =>
  error === undefined ? html`` : html` aria-invalid="true" aria-describedby="error"`

/** After a mistake the password is typed anew, so the focus goes there. */
const again = (error: string | undefined): Html => (error === undefined ? html`` : html`${invalid(error)} autofocus`)

const credentials = (form: CredentialsForm, act: string, password: Html, button: string): Html => html`
<form method="post" action="${form.action}">
<input type="hidden" name="csrf" value="${form.csrf}">
<label for="login">Login</label>
<input id="login" name="login" type="text" value="${form.login}" autocomplete="username" autocapitalize="none" spellcheck="false"
 maxlength="256" required${form.error === undefined ? html` autofocus` : invalid(form.error)}>
${password}
<button type="submit" name="act" value="${act}">${button}</button>
<button type="submit" name="act" value="cancel" class="plain" formnovalidate>Cancel</button>
</form>`

const oldPassword = (error: string | undefined): Html => html`<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="1024" required${again(error)}>`

const newPassword = (error: string | undefined): Html => html`<label for="password">Password</label>
<p class="hint" id="password-hint">At least 8 characters.</p>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="8" maxlength="1024"
 aria-describedby="password-hint${error === undefined ? '' : ' error'}" required${error === undefined ? html`` : html` aria-invalid="true" autofocus`}>`

/** Login and password, on behalf of a client. */
export const signInPage = (form: CredentialsForm, registers: boolean): string =>
  page(
    form,
    'Sign in',
    html`<p>to go on to ${form.clientName}</p>
${credentials(form, 'sign-in', oldPassword(form.error), 'Sign in')}
${passkeyForm(form.passkey)}
<p class="after"><a href="${form.base}/reset">Forgot your password?</a></p>
${registers ? html`<p class="after"><a href="${form.action}?new">Create an account</a></p>` : html``}
${form.passkey === undefined ? html`` : script(form)}`,
    form.error,
  )

/** The same for a person who has no account yet. */
export const registerPage = (form: CredentialsForm): string =>
  page(
    form,
    'Create an account',
    html`<p>to go on to ${form.clientName}</p>
${credentials(form, 'register', newPassword(form.error), 'Create the account')}
<p class="after"><a href="${form.action}">Sign in with an account that you have</a></p>`,
    form.error,
  )
