/** One line of the report. */
export interface Row {
  readonly figure: string
  /** What was measured, formatted, with its unit. */
  readonly measured: string
  /** What it is compared with, formatted; absent when nothing. */
  readonly floor?: string
  readonly goal?: string
  readonly reached?: boolean
}

export interface Goal {
  readonly atLeast?: number
  readonly atMost?: number
}

const fewDigits = (value: number): string => {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US')
  if (value >= 100) return value.toFixed(0)
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

export const number = (value: number, unit: string): string => `${fewDigits(value)}${unit === '' ? '' : ` ${unit}`}`

const describe = ({ atLeast, atMost }: Goal, unit: string): string =>
  atLeast === undefined ? `at most ${number(atMost ?? 0, unit)}` : `at least ${number(atLeast, unit)}`

/** A figure with a goal. */
export const goalRow = (
  figure: string,
  value: number,
  unit: string,
  goal: Goal,
  measured = number(value, unit),
): Row => ({
  figure,
  measured,
  goal: describe(goal, unit),
  reached: value >= (goal.atLeast ?? Number.NEGATIVE_INFINITY) && value <= (goal.atMost ?? Number.POSITIVE_INFINITY),
})

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return (low + high) / 2
}

export const percentile = (values: readonly number[], percent: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN
}
