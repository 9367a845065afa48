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
 * When the quiet hours end that it is in now; undefined outside of them. On a day when clocks change it may be an hour
 * early or late: whoever waits looks again then.
 */
export const quietUntil = ({ from, to, timeZone }: QuietHours, now: number): number | undefined => {
  const [begin, end, local] = [minutesOf(from), minutesOf(to), localMinutes(now, timeZone)]
  const length = (end - begin + dayMinutes) % dayMinutes || dayMinutes
  const passed = (local - begin + dayMinutes) % dayMinutes
  if (passed >= length) return undefined
  return now - (now % minuteMs) + (length - passed) * minuteMs
}
