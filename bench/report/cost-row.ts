import type { Cost } from '../load/cost.ts'
import { median, number, type Row } from './row.ts'

/** Several values of one figure, in the order that its name gives. */
export const listed = (values: readonly number[], unit: string): string =>
  `${values.map((value) => number(value, '')).join('; ')} ${unit}`

/** The clock's time, and the CPU time of the same process beside it: on a machine with other work only the latter says much. */
export const costRow = (figure: string, costs: readonly Cost[]): Row => {
  const [clock, cpu] = [costs.map(({ ms }) => ms), costs.map(({ cpuMs }) => cpuMs)]
  return { figure, measured: `${listed(clock, 'ms')}, CPU ${listed(cpu, 'ms')}` }
}

export const medianCost = (costs: readonly Cost[]): Cost => ({
  ms: median(costs.map(({ ms }) => ms)),
  cpuMs: median(costs.map(({ cpuMs }) => cpuMs)),
})
