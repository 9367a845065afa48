/** In seconds. Those of access and refresh tokens are settings. */
export const lifetimes = {
  authorizationCode: 60,
  deviceCode: 600,
  idToken: 3600,
  /** From opening a sign-in page to its end. */
  interaction: 1800,
  /** How long a browser stays signed in for the next client. */
  session: 12 * 3600,
  /** A sign-in ends after this time, however often its tokens are refreshed. */
  grant: 400 * 86_400,
} as const
