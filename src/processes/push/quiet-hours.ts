import type { QuietHours } from '../../ports/identity/push-records.ts'

const minuteMs = 60_000
const dayMinutes = 1_440

const minutesOf = (text: string): number => {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return (hours % 24) * 60 + minutes
}

const localMinutes = (now: number, timeZone: string): number =>
  minutesOf(
    new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(now),
  )

/**
 * The end of the quiet hours that `now` falls into, or undefined outside of them. On a day of a clock change it may
 * be off by an hour, so the caller checks again at that time.
 */
export const quietUntil = ({ from, to, timeZone }: QuietHours, now: number): number | undefined => {
  const [begin, end, local] = [minutesOf(from), minutesOf(to), localMinutes(now, timeZone)]
  const length = (end - begin + dayMinutes) % dayMinutes || dayMinutes
  const passed = (local - begin + dayMinutes) % dayMinutes
  if (passed >= length) return undefined
  return now - (now % minuteMs) + (length - passed) * minuteMs
}
