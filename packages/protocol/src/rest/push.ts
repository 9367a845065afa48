import { z } from 'zod'

const printable = /^[\x21-\x7e]+$/

/** Base64url without padding. */
const base64url = (characters: number, bytes: number) =>
  z
    .string()
    .length(characters)
    .regex(/^[A-Za-z0-9_-]+$/, `must be base64url of ${bytes} bytes`)

const fcmTarget = z.strictObject({
  kind: z.literal('fcm'),
  token: z.string().min(1).max(4_096).regex(printable, 'must be printable ASCII').describe("Firebase's token."),
})

const webPushTarget = z.strictObject({
  kind: z.literal('webpush'),
  endpoint: z
    .string()
    .max(2_048)
    .regex(printable, 'must be an https URL')
    .describe('An https URL of a push service that this server allows.'),
  keys: z.strictObject({
    p256dh: base64url(87, 65).describe("The subscription's public key: P-256, uncompressed."),
    auth: base64url(22, 16),
  }),
})

/** How a device is woken: the fields of `PushSubscription.toJSON()` with `kind`, or a Firebase token. */
export const pushTarget = z.discriminatedUnion('kind', [fcmTarget, webPushTarget])

export const pushOffer = z.object({
  fcm: z.boolean().describe('Whether this server sends through Firebase Cloud Messaging.'),
  vapidKey: z
    .string()
    .nullable()
    .describe('The `applicationServerKey` to subscribe with (base64url); null if this server does no Web Push.'),
})

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 22:00')

const isTimeZone = (name: string): boolean => {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

export const pushPreferences = z.strictObject({
  quietHours: z
    .strictObject({
      from: clockTime,
      to: clockTime.describe('The same as `from`: the whole day.'),
      timeZone: z.string().max(64).refine(isTimeZone, 'must be a time zone such as Europe/Berlin'),
    })
    .nullable()
    .describe('No wake-ups in these hours, every day; what comes then wakes the devices at their end.'),
})

export type PushTarget = z.output<typeof pushTarget>
export type PushOffer = z.output<typeof pushOffer>
export type PushPreferences = z.output<typeof pushPreferences>
