import { createWebhookMail } from '../../adapters/webhook/account-mail.ts'
import type { Config } from '../../config/config.ts'
import type { ResetMail } from '../../identity/accounts/accounts-deps.ts'
import { resetLink } from '../../identity/accounts/sign-in/reset-link.ts'
import type { PublicUrl } from '../../identity/public-url.ts'
import { UnavailableError } from '../../ports/errors/unavailable-error.ts'

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
