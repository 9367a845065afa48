import { Secret, TOTP } from 'otpauth'

/** SHA-1, six digits, thirty seconds: what every authenticator app can do (RFC 6238). */
const form = { algorithm: 'SHA1', digits: 6, period: 30 } as const
/** Steps that a clock may be off, either way. */
const window = 1

const totpOf = (secret: string, login = '') =>
  new TOTP({ ...form, issuer: 'Backscroll', label: login, secret: Secret.fromBase32(secret) })

export const newTotpSecret = (): string => new Secret({ size: 20 }).base32

/** What apps read as a QR picture. */
export const totpUri = (secret: string, login: string): string => totpOf(secret, login).toString()

/** The time step that the code is of; undefined for one of no step near now. */
export const totpStep = (secret: string, code: string, now: number): number | undefined => {
  if (!/^\d{6}$/.test(code)) return undefined
  const delta = totpOf(secret).validate({ token: code, timestamp: now, window })
  return delta === null ? undefined : Math.floor(now / 1000 / form.period) + delta
}
