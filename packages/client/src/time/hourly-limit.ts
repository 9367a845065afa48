import type { Clock } from './clock.ts'

const hourMs = 3_600_000

/** Lets so many through an hour, by key. By the device's own clock, because the dates of events are others' word. */
export const createHourlyLimit = (clock: Pick<Clock, 'now'>, most: number) => {
  const hours = new Map<string, { readonly since: number; readonly count: number }>()
  return (key: string): boolean => {
    const now = clock.now()
    const before = hours.get(key)
    const hour = before === undefined || now - before.since >= hourMs ? { since: now, count: 0 } : before
    if (hour.count >= most) return false
    hours.set(key, { ...hour, count: hour.count + 1 })
    return true
  }
}
