/** How many resets a device may have missed, for example while its user was out. No number ends all future resets. */
export const resetLimit = 100
