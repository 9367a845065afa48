import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AccountMail, Letter } from '../../ports/identity/account-mail.ts'

export interface WebhookOptions {
  readonly url: string
  /** Shared with the receiver. */
  readonly secret: string
  readonly now: () => number
  /** Pauses before the next try, milliseconds. */
  readonly pauses?: readonly number[]
}

const timeoutMs = 10_000

/** As Standard Webhooks signs: https://www.standardwebhooks.com */
const signed = (secret: string, id: string, timestamp: string, body: string): string =>
  `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`

const bodyOf = ({ kind, userId, login, link, expiresAt }: Letter): string =>
  JSON.stringify({ type: kind, data: { userId, login, link, expiresAt } })

/** Posts letters to the operator's mailer, signed. Redirects are not followed: they would carry the link elsewhere. */
export const createWebhookMail = ({ url, secret, now, pauses = [1_000, 5_000] }: WebhookOptions): AccountMail => {
  const post = async (letter: Letter): Promise<void> => {
    const [body, timestamp] = [bodyOf(letter), String(Math.floor(now() / 1000))]
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'content-type': 'application/json',
        'webhook-id': letter.id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signed(secret, letter.id, timestamp, body),
      },
      body,
    })
    await response.body?.cancel()
    if (!response.ok) throw new Error(`the account webhook answered ${response.status}`)
  }
  return {
    send: async (letter) => {
      for (const pause of pauses) {
        const failed = await post(letter).then(
          () => false,
          () => true,
        )
        if (!failed) return
        await sleep(pause, undefined, { ref: false })
      }
      await post(letter)
    },
  }
}
