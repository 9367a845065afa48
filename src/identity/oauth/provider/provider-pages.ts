import type { errors, KoaContextWithOIDC } from 'oidc-provider'
import { codePage, confirmPage } from '../pages/device-page.ts'
import { messagePage, pageType } from '../pages/layout.ts'
import { signOutPage } from '../pages/sign-out-page.ts'

type Failure = Error | errors.OIDCProviderError

const show = (ctx: KoaContextWithOIDC, body: string): void => {
  ctx.type = pageType
  ctx.body = body
}

/** The secret that the form has to send back; oidc-provider made it and will check it. */
const xsrfOf = (ctx: KoaContextWithOIDC): string => {
  const secret = ctx.oidc.session?.state?.secret
  return typeof secret === 'string' ? secret : ''
}

const codeTrouble = (error: Failure | undefined): string | undefined => {
  if (error === undefined) return undefined
  if (error.name === 'AbortedError') return 'It was cancelled. The program gets no access.'
  if (error.name === 'ExpiredError') return 'This code has expired. Start again in your program.'
  if (error.name === 'AlreadyUsedError') return 'This code was used before. Start again in your program.'
  if (['NotFoundError', 'NoCodeError'].includes(error.name))
    return 'This code is not known. Please check it and type it again.'
  return 'That did not work. Please try again.'
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The pages that oidc-provider asks for, in this server's own look. `base`: its path as browsers see it. */
export const createProviderPages = (base: string) => ({
  userCodeInput: (ctx: KoaContextWithOIDC, _form: string, _out?: unknown, error?: Failure): void => {
    const code = error !== undefined && 'userCode' in error ? textOf(error.userCode) : undefined
    const action = ctx.oidc.urlFor('code_verification')
    show(ctx, codePage({ base, action, xsrf: xsrfOf(ctx), code, error: codeTrouble(error) }))
  },
  userCodeConfirm: (
    ctx: KoaContextWithOIDC,
    _form: string,
    client: { readonly clientId: string; readonly clientName?: string | undefined },
    info: Readonly<Record<string, unknown>>,
    code: string,
  ): void => {
    const action = ctx.oidc.urlFor('code_verification')
    const device = textOf(ctx.oidc.entities.DeviceCode?.params?.device)
    const clientName = client.clientName ?? client.clientId
    show(ctx, confirmPage({ base, action, xsrf: xsrfOf(ctx), code, clientName, device, ip: textOf(info.ip) }))
  },
  userCodeSuccess: (ctx: KoaContextWithOIDC): void =>
    show(ctx, messagePage({ base }, 'Connected', 'Your program is signed in. You can close this page.')),
  signOut: (ctx: KoaContextWithOIDC): void =>
    show(ctx, signOutPage({ base, action: ctx.oidc.urlFor('end_session_confirm'), xsrf: xsrfOf(ctx) })),
  signedOut: (ctx: KoaContextWithOIDC): void =>
    show(ctx, messagePage({ base }, 'Signed out', 'You are signed out of Backscroll in this browser.')),
  /** Names a client's mistake, which its developer has to see; reveals nothing about a failure in the server. */
  error: (
    ctx: KoaContextWithOIDC,
    out: { readonly error: string; readonly error_description?: string | undefined },
  ): void => show(ctx, messagePage({ base }, 'This did not work', `${out.error}: ${out.error_description ?? ''}`)),
})
