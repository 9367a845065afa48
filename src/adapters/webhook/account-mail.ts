import { setTimeout as sleep } from 'node:timers/promises'
import type { AccountMail, Letter } from '../../ports/identity/account-mail.ts'
import { signedHeaders } from './signature.ts'

export interface WebhookOptions {
  readonly url: string
  /** The secret shared with the receiver. */
  readonly secret: string
  readonly now: () => number
  /** Pauses between tries, in milliseconds. */
  readonly pauses?: readonly number[]
}

const timeoutMs = 10_000

const bodyOf = ({ kind, userId, login, link, expiresAt }: Letter): string =>
  JSON.stringify({ type: kind, data: { userId, login, link, expiresAt } })

/** Posts letters to the operator's mailer, signed. Redirects are not followed: they would carry the link elsewhere. */
export const createWebhookMail = ({ url, secret, now, pauses = [1_000, 5_000] }: WebhookOptions): AccountMail => {
  const post = async (letter: Letter): Promise<void> => {
    const body = bodyOf(letter)
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: signedHeaders(secret, { id: letter.id, body, at: now() }),
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
