/**
 * Milliseconds since the Unix epoch: a date by this machine's clock, which somebody may set at any moment.
 * Durations and intervals are measured with `performance.now()` instead, which nobody can set.
 */
export type Time = number
