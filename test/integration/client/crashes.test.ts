import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import type { ClientEvent } from '../../../packages/client/src/events/client-events.ts'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import type { ClientStore } from '../../../packages/client/src/stores/client-store.ts'
import { createDisk, type Disk, type Life, startLife } from '../../support/chaos/crash.ts'
import {
  type ClientWorld,
  conversationEvents,
  eventually,
  openClientWorld,
  record,
} from '../../support/client/client-world.ts'

type When = 'before' | 'after'

/** Each message once, as it was read, in the order of the conversation. */
const read = (log: readonly ClientEvent[], from: string): readonly string[] => {
  const once = new Map<number, string>()
  for (const { event, content, unreadable, type } of conversationEvents(log)) {
    if (type !== 'message' || event.actor.userId !== from) continue
    const text = content?.type === 'text' ? content.body.text : `(${unreadable})`
    expect(once.get(event.revision) ?? text).toBe(text)
    once.set(event.revision, text)
  }
  return [...once].sort(([a], [b]) => a - b).map(([, text]) => text)
}

/** The process dies at its `dieAt`th write: that one is lost, or durable but not heard of. */
const dyingAt = (life: Life, dieAt: number, when: When): ClientStore => {
  let writes = 0
  return {
    ...life.options.store,
    write: (changes) => {
      writes += 1
      if (writes < dieAt) return life.options.store.write(changes)
      if (when === 'before') life.crash()
      return life.options.store.write(changes).then(() => {
        life.crash()
        return new Promise(() => {})
      })
    },
  }
}

const texts = ['hello', 'again', 'third', 'fourth']

describe('A process that dies at any write to its store', () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '20' })
  })
  afterAll(() => world.close())

  /** Answers every message. */
  const startOther = async (user: string, partner: string) => {
    const client = await world.client(user, 'one')
    const log = record(client)
    client.on('message', ({ conversationId, event, content }) => {
      if (event.actor.userId !== partner || content?.type !== 'text') return
      void client.send(conversationId, { text: `re ${content.body.text}` })
    })
    client.start()
    await client.whenLive()
    return { client, log }
  }

  /** One life of the dying device's application, which remembers what it has given to the client. */
  const startDevice = async (user: string, disk: Disk, log: ClientEvent[], dieAt: number, when: When) => {
    const life = startLife(disk, () => 0)
    const opening = createClient({
      ...life.options,
      url: world.url(),
      token: () => world.token(user, 'one'),
      userId: user,
      deviceId: 'one',
      store: dyingAt(life, dieAt, when),
    })
    const client = await Promise.race([opening, untilCrashed(life)])
    if (client === undefined) return { life, client }
    for (const type of ['message', 'warning', 'failed'] as const)
      client.on(type, (event) => void (life.crashed() || log.push(event)))
    client.start()
    return { life, client }
  }
  const untilCrashed = async (life: Life): Promise<undefined> => {
    await eventually(() => life.crashed(), 'the crash').catch(() => {})
    return undefined
  }

  const run = async (dieAt: number, when: When): Promise<boolean> => {
    const [ann, bob] = [`ann.${dieAt}.${when}`, `bob.${dieAt}.${when}`]
    const other = await startOther(bob, ann)
    const disk = createDisk()
    const log: ClientEvent[] = []
    const given = new Set<string>()
    const give = async (client: BackscrollClient, text: string) => {
      if (given.has(text)) return
      given.add(text)
      await client.send({ user: bob }, { text }).catch(() => {})
    }
    const answered = () => read(log, bob).length
    /** Two, then two more after the answers. */
    const talk = async (client: BackscrollClient, life: Life) => {
      void give(client, 'hello')
      void give(client, 'again')
      const some = () => answered() > 0 || life.crashed()
      await eventually(some, `an answer (${dieAt} ${when})`)
      if (life.crashed()) return
      await give(client, 'third')
    }
    const first = await startDevice(ann, disk, log, dieAt, when)
    if (first.client) await Promise.race([talk(first.client, first.life), untilCrashed(first.life)])
    const died = first.life.crashed()
    first.life.crash()
    const second = await startDevice(ann, disk, log, Number.POSITIVE_INFINITY, when)
    if (second.client === undefined) throw new Error('it did not start')
    await give(second.client, 'fourth')
    const got = () => read(other.log, ann)
    await eventually(() => got().includes('fourth'), `the last message (${dieAt} ${when})`)
    await eventually(() => answered() >= got().length, `the answers (${dieAt} ${when}): ${read(log, bob)} to ${got()}`)
    expect(got()).toEqual(texts.filter((text) => got().includes(text)))
    if (!died) expect(got()).toEqual(texts)
    expect(read(log, bob)).toEqual(got().map((text) => `re ${text}`))
    expect(read(log, ann).filter((text) => !texts.includes(text))).toEqual([])
    expect([...log, ...other.log].filter(({ type }) => type === 'warning' || type === 'failed')).toEqual([])
    await Promise.all([second.client.close(), other.client.close()])
    return died
  }

  it('loses no message that was stored, repeats none, uses no key twice, and reads what comes P2 P3', async () => {
    const step = Number(process.env.CRASH_STEP ?? 4)
    for (const when of ['before', 'after'] as const)
      for (let dieAt = when === 'before' ? 1 : 2; await run(dieAt, when); dieAt += step);
  }, 300_000)
})
