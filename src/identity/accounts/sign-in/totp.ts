import { Secret, TOTP } from 'otpauth'

/** SHA-1, six digits, thirty seconds: every authenticator app supports this (RFC 6238). */
const form = { algorithm: 'SHA1', digits: 6, period: 30 } as const
/** How many steps a clock may be off, either way. */
const window = 1

const totpOf = (secret: string, login = '') =>
  new TOTP({ ...form, issuer: 'Backscroll', label: login, secret: Secret.fromBase32(secret) })

export const newTotpSecret = (): string => new Secret({ size: 20 }).base32

/** What apps read from a QR code. */
export const totpUri = (secret: string, login: string): string => totpOf(secret, login).toString()

/** The time step that the code belongs to; undefined if it belongs to none near now. */
export const totpStep = (secret: string, code: string, now: number): number | undefined => {
  if (!/^\d{6}$/.test(code)) return undefined
  const delta = totpOf(secret).validate({ token: code, timestamp: now, window })
  return delta === null ? undefined : Math.floor(now / 1000 / form.period) + delta
}
