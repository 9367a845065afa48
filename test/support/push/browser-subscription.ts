import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'

const text = (value: string) => Buffer.from(value, 'latin1')
const hkdf = (key: Buffer, salt: Buffer, info: Buffer, bytes: number) =>
  Buffer.from(hkdfSync('sha256', key, salt, info, bytes))

/** RFC 8188: a single record. */
const openRecord = (record: Buffer, key: Buffer, nonce: Buffer): string => {
  const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(record.subarray(-16))
  const plain = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()])
  const end = plain.lastIndexOf(2)
  if (end < 0 || plain.subarray(end + 1).some((byte) => byte !== 0)) throw new Error('the padding is wrong')
  return plain.subarray(0, end).toString('utf8')
}

/** A browser's side of a push subscription: it decrypts messages according to RFC 8291. */
export const createSubscription = () => {
  const pair = createECDH('prime256v1')
  const own = pair.generateKeys()
  const auth = randomBytes(16)
  return {
    keys: { p256dh: own.toString('base64url'), auth: auth.toString('base64url') },
    open: (body: Buffer): string => {
      const [salt, idLength] = [body.subarray(0, 16), body.readUInt8(20)]
      if (body.readUInt32BE(16) < body.length - 21 - idLength) throw new Error('more than one record')
      const theirs = body.subarray(21, 21 + idLength)
      const info = Buffer.concat([text('WebPush: info\0'), own, theirs])
      const secret = hkdf(pair.computeSecret(theirs), auth, info, 32)
      const key = hkdf(secret, salt, text('Content-Encoding: aes128gcm\0'), 16)
      const nonce = hkdf(secret, salt, text('Content-Encoding: nonce\0'), 12)
      return openRecord(body.subarray(21 + idLength), key, nonce)
    },
  }
}

export interface VapidClaims {
  readonly aud: string
  readonly exp: number
  readonly sub: string
}

/** RFC 8292: returns the sender, or throws. */
export const checkVapid = (authorization: string): { readonly key: string; readonly claims: VapidClaims } => {
  const { t = '', k = '' } = Object.fromEntries(
    authorization
      .replace(/^vapid /i, '')
      .split(',')
      .map((part) => part.trim().split(/=(.*)/s).slice(0, 2)),
  )
  const [head = '', claims = '', signature = ''] = t.split('.')
  const bytes = Buffer.from(k, 'base64url')
  const [x, y] = [bytes.subarray(1, 33), bytes.subarray(33)].map((part) => part.toString('base64url'))
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, format: 'jwk' })
  const isSigned = verify(
    'sha256',
    text(`${head}.${claims}`),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  if (!isSigned) throw new Error('the token is not signed by the key')
  return { key: k, claims: JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) }
}
