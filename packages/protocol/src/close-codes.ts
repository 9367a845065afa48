/** [T5] 4000-4499: reconnect and resume. 4500-4999: do not reconnect by yourself. */
export const closeCodes = {
  server_restart: 4000,
  token_expired: 4001,
  heartbeat_lost: 4002,
  /** The socket does not drain; connect again and resume. */
  too_slow: 4003,
  internal: 4004,
  protocol_error: 4500,
  /** A newer connection of the same device. */
  replaced: 4501,
  revoked: 4502,
  /** The client went on sending over its rate. */
  flooding: 4503,
  /** The sign-in is over, for example by a new password: sign in again. The device and its keys stay. */
  signed_out: 4504,
  account_deactivated: 4505,
  account_erased: 4506,
  /** The device is not registered. */
  unknown_device: 4507,
} as const

export type CloseReason = keyof typeof closeCodes

/** Why tokens that were valid are refused from now on. */
export type AccessEnd = 'revoked' | 'signed_out' | 'account_deactivated' | 'account_erased'

export const mayReconnect = (code: number): boolean => code < 4500 || code > 4999
