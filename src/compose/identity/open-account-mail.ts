import { createWebhookMail } from '../../adapters/webhook/account-mail.ts'
import type { Config } from '../../config/config.ts'
import type { ResetMail } from '../../identity/accounts/accounts-deps.ts'
import type { PublicUrl } from '../../identity/public-url.ts'
import { UnavailableError } from '../../ports/errors/unavailable-error.ts'

/** Where a link that resets a password leads: never to the host of a request. */
export const resetLink = (publicUrl: string, code: string): string =>
  `${publicUrl}/oauth/reset?${new URLSearchParams({ code })}`

/** Undefined where no webhook is set. */
export const openMail = (
  { oauth: { webhook } }: Pick<Config, 'oauth'>,
  publicUrl: Pick<PublicUrl, 'of'>,
  now: () => number,
): ResetMail | undefined => {
  if (webhook === undefined) return undefined
  const mail = createWebhookMail({ ...webhook, now })
  return {
    send: ({ code, ...letter }) => {
      const url = publicUrl.of()
      if (url === undefined) return Promise.reject(new UnavailableError('the server does not listen yet'))
      return mail.send({ kind: 'password_reset', ...letter, link: resetLink(url, code) })
    },
  }
}
