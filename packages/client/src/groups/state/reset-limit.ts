/** So many resets may have passed a device by, as while its user was out. No number ends all resets to come. */
export const mostMissedResets = 100
