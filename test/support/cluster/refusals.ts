import { setTimeout as sleep } from 'node:timers/promises'
import { errorCodes } from '@backscroll/protocol/errors'
import type { ChaosDevice } from '../chaos/device.ts'
import type { RestUser } from '../server/rest.ts'

const errorFrame = /^\S+ < \{"type":"error",.*?"code":"(\w*)"/

/** Codes of the error frames that devices got. */
export const refusalsOf = (devices: readonly ChaosDevice[]): ReadonlySet<string> =>
  new Set(devices.flatMap(({ trace }) => trace.flatMap((line) => errorFrame.exec(line)?.[1] ?? [])))

const isListed = (code: unknown): boolean => errorCodes.some((listed) => listed === code)

export const unlisted = (codes: Iterable<string>): readonly string[] => [...codes].filter((code) => !isListed(code))

/** Somebody who asks for everything over REST, again and again. */
export interface RestProbe {
  /** `<status> <code>` of what was refused, with how often. */
  readonly refused: ReadonlyMap<string, number>
  /** Answers that were not what the protocol says: a refusal without a code of the list, or no answer. */
  readonly strange: readonly string[]
  /** How often it got what it had asked for. */
  readonly answered: () => number
  stop(): Promise<void>
}

const everyMs = 150
const patienceMs = 30_000

export const startRestProbe = (rest: RestUser, conversationId: string): RestProbe => {
  const paths = [
    '/me',
    '/devices',
    '/inbox',
    '/sync/snapshot',
    `/conversations/${conversationId}`,
    `/conversations/${conversationId}/events`,
    `/messages?conversationId=${conversationId}`,
  ]
  const refused = new Map<string, number>()
  const strange: string[] = []
  const asked = new Set<Promise<void>>()
  let stopped = false
  let answered = 0

  const ask = async (path: string): Promise<void> => {
    const late = sleep(patienceMs, undefined, { ref: false }).then(() => undefined)
    const answer = await Promise.race([rest('GET', path), late]).catch((error: unknown) => String(error))
    if (answer === undefined) strange.push(`${path}: no answer`)
    else if (typeof answer === 'string') strange.push(`${path}: ${answer}`)
    else if (answer.status < 400) answered += 1
    else {
      const said = `${answer.status} ${answer.json?.code}`
      refused.set(said, (refused.get(said) ?? 0) + 1)
      if (!isListed(answer.json?.code)) strange.push(`${path}: ${answer.status} ${answer.text}`)
    }
  }
  const asking = (async () => {
    for (let turn = 0; !stopped; turn += 1) {
      const one = ask(paths[turn % paths.length] ?? '')
      asked.add(one)
      void one.then(() => asked.delete(one))
      await sleep(everyMs)
    }
    await Promise.all(asked)
  })()

  return {
    refused,
    strange,
    answered: () => answered,
    stop: async () => {
      stopped = true
      await asking
    },
  }
}
