/** What a process's /metrics say of events' ages: by place, how many were at most so old (cumulative, by bucket). */
export type Ages = ReadonlyMap<string, ReadonlyMap<number, number>>

export interface Scrape {
  readonly ages: Ages
  /** CPU time of the process so far, seconds. */
  readonly cpuSeconds: number
}

const agePattern = /^backscroll_event_age_seconds_bucket\{(.*)\} (\S+)$/gm
const labelOf = (labels: string, name: string): string => new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1] ?? ''

const agesOf = (text: string): Ages => {
  const ages = new Map<string, Map<number, number>>()
  for (const [, labels = '', count = '0'] of text.matchAll(agePattern)) {
    const place = labelOf(labels, 'place')
    const buckets = ages.get(place) ?? new Map<number, number>()
    const le = labelOf(labels, 'le')
    ages.set(place, buckets.set(le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), Number(count)))
  }
  return ages
}

export const scrape = async (url: string): Promise<Scrape> => {
  const text = await (await fetch(`${url}/metrics`)).text()
  const cpu = /^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]
  return { ages: agesOf(text), cpuSeconds: Number(cpu ?? 0) }
}

/** The age, in milliseconds, that a share of the events between two scrapes did not exceed: the upper bound of its bucket. */
export const ageBetween = (before: Ages, after: Ages, place: string, share: number): number => {
  const counts = [...(after.get(place) ?? [])].map(
    ([bound, count]) => [bound, count - (before.get(place)?.get(bound) ?? 0)] as const,
  )
  const total = counts.reduce((most, [, count]) => Math.max(most, count), 0)
  const [bound = Number.NaN] = counts.sort(([a], [b]) => a - b).find(([, count]) => count >= total * share) ?? []
  return total === 0 ? Number.NaN : bound * 1000
}
