import { type LookupOptions, lookup as resolve } from 'node:dns'
import { Agent, request } from 'node:https'
import { isPublicAddress } from '../../runtime/public-address.ts'

export interface Answer {
  readonly status: number
  readonly retryAfter: string | undefined
}

export interface Posting {
  readonly url: URL
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: Buffer
  /** The operator has allowed this very address. */
  readonly vouched: boolean
  readonly answerMs: number
}

export class PrivateAddress extends Error {
  readonly code = 'EPRIVATE'
}

type Found = (error: Error | null, address: string | { address: string; family: number }[], family?: number) => void

/** Resolves names as the system does, but refuses a name with a private address. */
const publicLookup = (host: string, options: LookupOptions, found: Found): void => {
  resolve(host, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return found(error, [])
    const [first] = addresses
    if (first === undefined || addresses.some(({ address }) => !isPublicAddress(address)))
      return found(new PrivateAddress('the name leads to a private address'), [])
    return options.all === true ? found(null, addresses) : found(null, first.address, first.family)
  })
}

const options = { keepAlive: true, maxSockets: 64, maxTotalSockets: 256 } as const

/** Posts to addresses that untrusted users have named. Answers are not read, and redirects are not followed. */
export const createPost = (ca: string | undefined) => {
  const trust = ca === undefined ? {} : { ca }
  const open = new Agent({ ...options, ...trust, lookup: publicLookup })
  const vouchedFor = new Agent({ ...options, ...trust })

  const post = ({ url, headers, body, vouched, answerMs }: Posting): Promise<Answer> =>
    new Promise((answer, fail) => {
      const signal = AbortSignal.timeout(answerMs)
      const agent = vouched ? vouchedFor : open
      const sent = request(url, { method: 'POST', headers, agent, signal }, (response) => {
        const { statusCode: status = 0, headers: answered } = response
        answer({ status, retryAfter: answered['retry-after'] })
        // A short answer is drained, so that the connection can be reused. A long one is never read.
        if (Number(answered['content-length'] ?? Number.NaN) <= 16_384) response.resume()
        else if (status === 204) response.resume()
        else response.destroy()
        response.on('error', () => {})
      })
      sent.on('error', fail)
      sent.end(body)
    })

  return {
    post,
    close: (): void => {
      open.destroy()
      vouchedFor.destroy()
    },
  }
}
