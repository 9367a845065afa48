import { type Actor, deviceId, userId } from '../domain/ids.ts'

/** The device that acts, as a verified token or an open session names it. */
export const actorOf = (who: { readonly userId: string; readonly deviceId: string }): Actor => ({
  userId: userId(who.userId),
  deviceId: deviceId(who.deviceId),
})
