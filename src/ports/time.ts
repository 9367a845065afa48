/** Milliseconds since the Unix epoch. */
export type Time = number
