import type { Place } from '../../src/observability/event-passage.ts'
import type { DeliveredTrace } from '../load/pairs.ts'

/** When one message was where, milliseconds since the Unix epoch. */
export type Journey = Readonly<Record<'due' | 'taken' | Place | 'delivered', number>>

interface TraceLine {
  readonly place: Place
  readonly stream: string
  readonly revision: number
  readonly at: number
  readonly ageMs: number
}

const lineOf = (text: string): TraceLine | undefined =>
  text.includes('"msg":"trace"') ? (JSON.parse(text) as TraceLine) : undefined

const keyOf = ({ stream, revision }: { readonly stream: string; readonly revision: number }): string =>
  `${stream}@${revision}`

/** Puts together what the processes said of the traced messages, and when the generator sent and got them. Only whole journeys. */
export const journeysOf = (outputs: readonly string[], delivered: readonly DeliveredTrace[]): readonly Journey[] => {
  const passed = new Map<string, Partial<Record<Place, number>>>()
  for (const line of outputs.flatMap((output) => output.split('\n')).map(lineOf)) {
    if (line === undefined) continue
    const places = passed.get(keyOf(line)) ?? {}
    passed.set(keyOf(line), { ...places, [line.place]: line.at + line.ageMs })
  }
  return delivered.flatMap((trace) => {
    const { appended, relayed, folded, sent, received } = passed.get(keyOf(trace)) ?? {}
    const whole = [appended, relayed, folded, sent, received].every((at) => at !== undefined)
    const { due, at: taken } = trace
    return whole
      ? [{ due, taken, appended, relayed, folded, sent, received, delivered: trace.delivered } as Journey]
      : []
  })
}
