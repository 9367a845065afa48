/**
 * Milliseconds since the Unix epoch: a date, by this machine's clock, which may be set at any moment. What lasts so
 * long, or happens so often, is measured with `performance.now()` instead, which nobody sets.
 */
export type Time = number
