import { BackscrollError } from './backscroll-error.ts'

const probeMs = 5_000

/** The origin of the page or worker that this code runs in. Outside browsers there is no CORS. */
const ownOrigin = (): string | undefined => (typeof location === 'object' ? location.origin : undefined)

/**
 * A browser does not say whether there was no answer or one that the page may not read. A request whose answer nobody
 * wants to read is let through.
 */
const answers = async (url: string, send: typeof fetch): Promise<boolean> => {
  const signal = AbortSignal.timeout(probeMs)
  const init = { mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal } as const
  return send(`${url.replace(/\/+$/, '')}/healthz`, init).then(
    () => true,
    () => false,
  )
}

/**
 * `unavailable`, after a request that was not answered, with what was thrown; `details.reason` is `cors` when the
 * server answers and does not let this page read it.
 */
export const unreachable = async (url: string, send: typeof fetch, cause: unknown): Promise<BackscrollError> => {
  const origin = ownOrigin()
  const isForeign = origin !== undefined && cause instanceof TypeError && new URL(url).origin !== origin
  if (!isForeign || !(await answers(url, send)))
    return new BackscrollError('unavailable', { message: `${url} cannot be reached`, cause })
  const message = `${url} answers, but not to pages of ${origin}: BACKSCROLL_CORS_ORIGINS of the server must name it`
  return new BackscrollError('unavailable', { message, details: { reason: 'cors', origin }, cause })
}
