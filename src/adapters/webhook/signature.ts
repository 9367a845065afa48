import { createHmac } from 'node:crypto'

export interface SignedMessage {
  /** The same for every repetition of a request. */
  readonly id: string
  readonly body: string
  /** Milliseconds since the Unix epoch. */
  readonly at: number
}

/** The headers of a signed request, according to Standard Webhooks: https://www.standardwebhooks.com */
export const signedHeaders = (secret: string, { id, body, at }: SignedMessage): Readonly<Record<string, string>> => {
  const timestamp = String(Math.floor(at / 1000))
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  }
}
