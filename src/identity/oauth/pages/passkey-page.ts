import { type Html, html } from './html.ts'

export interface PasskeyForm {
  readonly action: string
  readonly csrf: string
  /** For `navigator.credentials.get`, JSON. */
  readonly options: string
}

/** The script shows it, where the browser supports passkeys. */
export const passkeyForm = (form: PasskeyForm | undefined): Html =>
  form === undefined
    ? html``
    : html`<form method="post" action="${form.action}" data-passkey="${form.options}" hidden>
<input type="hidden" name="csrf" value="${form.csrf}">
<input type="hidden" name="act" value="passkey">
<input type="hidden" name="credential" value="">
<p role="status" class="hint"></p>
<button type="submit" class="plain">Use a passkey</button>
</form>`

/** The only script of all pages: it asks the authenticator and submits the form. Everything else works without it. */
export const passkeyScript = `'use strict'
const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0))
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const ask = async (options) => {
  const allowCredentials = (options.allowCredentials ?? []).map((one) => ({ ...one, id: bytes(one.id) }))
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials }
  const { id, rawId, type, response } = await navigator.credentials.get({ publicKey })
  const { clientDataJSON, authenticatorData, signature, userHandle } = response
  return {
    id,
    rawId: text(rawId),
    type,
    clientExtensionResults: {},
    response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      ...(userHandle === null ? {} : { userHandle: text(userHandle) }),
    },
  }
}
for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (window.PublicKeyCredential === undefined) break
  form.hidden = false
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    ask(JSON.parse(form.dataset.passkey)).then(
      (answer) => {
        form.elements.credential.value = JSON.stringify(answer)
        form.submit()
      },
      () => {
        form.querySelector('[role=status]').textContent = 'The passkey was not used. Try again, or go on without it.'
      },
    )
  })
}
`
