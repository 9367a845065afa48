import { html } from './html.ts'
import { type PageContext, page } from './layout.ts'

interface ResetForm extends PageContext {
  readonly action: string
  readonly error?: string | undefined
}

/** Asks for a link. */
export const askResetPage = (form: ResetForm): string =>
  page(
    form,
    'Forgot your password?',
    html`<p>Type your login. If there is such an account, a link to set a new password is sent to its owner.</p>
<form method="post" action="${form.action}">
<label for="login">Login</label>
<input id="login" name="login" type="text" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="256" autofocus
 required${form.error === undefined ? html`` : html` aria-invalid="true" aria-describedby="error"`}>
<button type="submit">Send the link</button>
</form>`,
    form.error,
  )

/** Behind the link. */
export const newPasswordPage = (form: ResetForm & { readonly code: string }): string =>
  page(
    form,
    'Set a new password',
    html`<p>Every device has to sign in again. Your devices keep their keys, so your messages stay readable there.</p>
<form method="post" action="${form.action}">
<input type="hidden" name="code" value="${form.code}">
<label for="password">New password</label>
<p class="hint" id="password-hint">At least 8 characters.</p>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="8" maxlength="1024" autofocus required
 aria-describedby="password-hint${form.error === undefined ? '' : ' error'}"${
   form.error === undefined ? html`` : html` aria-invalid="true"`
 }>
<button type="submit">Set the password</button>
</form>`,
    form.error,
  )
