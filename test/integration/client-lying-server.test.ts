import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { directConversationId } from '../../src/protocol/direct-conversation-id.ts'
import { openClientWorld } from '../support/client-world.ts'
import { createColluder } from '../support/colluder.ts'
import { openLiar, type Person, type Sealed, type Seen } from '../support/liar.ts'
import { createOracle } from '../support/lie-oracle.ts'
import { act, beginRound, type Play, say } from '../support/lie-round.ts'
import { lieNames, oneOf, type Pick, tellLie } from '../support/lies.ts'
import { beginStrange } from '../support/strange-conversation.ts'

/** Longer for a search: BACKSCROLL_LIES_SECONDS=600. The same choices again: BACKSCROLL_SEED=<seed>. */
const seconds = Number(process.env.BACKSCROLL_LIES_SECONDS ?? 30)
const seed = Number(process.env.BACKSCROLL_SEED ?? Math.floor(Math.random() * 2 ** 31))
const stepMs = 120

/** mulberry32: small, and the same everywhere. */
const choices = (from: number): Pick => {
  let state = from
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const openScene = async () => {
  const world = await openClientWorld({
    ...{ BACKSCROLL_RECEIPT_WINDOW_MS: '50', BACKSCROLL_CLAIM_BURST: '1000', BACKSCROLL_REQUESTS_PER_MINUTE: '100000' },
  })
  const colluder = await createColluder(world, 'eve')
  const seen: Seen = { events: [], infos: [], blobs: [] }
  const sealed: Sealed[] = []
  const working: Promise<unknown>[] = []
  const deps = { world, colluder, seen, sealed, working, addressed: directConversationId }
  const people: Person[] = []
  for (const user of ['ann', 'bob', 'cyd']) people.push(await openLiar(deps, user))
  const [ann, bob] = people
  if (ann === undefined || bob === undefined) throw new Error('somebody is missing')
  const look = createOracle({ sealed, working })
  /** A reset that was made once, to be told again elsewhere. */
  const group = ann.client.createGroup({ members: ['bob', 'cyd'] })
  await group.done
  await ann.client.resetGroup(group.conversationId)
  for (const { user } of people) {
    const known = (user === 'ann' ? bob : ann).client.identityOf(user)
    if (known !== undefined) await colluder.impersonate(user, known.identityKey)
  }
  return { world, colluder, seen, people, ann, look, sealed }
}

type OpenScene = Awaited<ReturnType<typeof openScene>>

const epochOf = ({ seen }: OpenScene, id: string): number =>
  seen.events.reduce((newest, { type, stream, data }) => {
    if (type !== 'GroupCommitted' || (stream as { id: string }).id !== id) return newest
    return Math.max(newest, (data as { epoch: number }).epoch)
  }, 0)

/** Each lie comes as often as any other: all of them, in another order each time. */
const deckOf = (pick: Pick) => {
  let deck: string[] = []
  return (): string => {
    if (deck.length === 0) deck = [...lieNames]
    return deck.splice(pick(deck.length), 1)[0] ?? ''
  }
}

/** One lie, and what makes people meet it. */
const lieOnce = async (scene: OpenScene, play: Play, pick: Pick, name: string) => {
  const { round, people } = play
  const victim = oneOf(pick, people)
  if (victim === undefined) return
  const told = { ...scene, pick, victim, id: round.id, epoch: epochOf(scene, round.id), members: [...round.members] }
  round.history.push(await tellLie(name, told))
  if (pick(4) === 0) act(play)
  say(play, victim, round.id, round.id)
  say(play, oneOf(pick, people), round.id, round.id)
  await sleep(stepMs)
}

describe('A server that lies with the help of an account P5', () => {
  it(
    'reads nothing that is not for somebody whom the sender can see, and changes nothing that people have not done, whatever it tells',
    async () => {
      const scene = await openScene()
      const pick = choices(seed)
      const next = deckOf(pick)
      const expectRight = async (play: Play) => {
        const wrong = await scene.look(play)
        expect(wrong, `seed ${seed}: ${play.round.history.join('; ')}`).toBeUndefined()
      }
      const from = Date.now()
      for (let _rounds = 0; Date.now() < from + seconds * 1000; _rounds += 1) {
        const play = await beginRound({ ...scene, pick })
        await expectRight(play)
        for (let lies = 6 + pick(8); lies > 0; lies -= 1) {
          await lieOnce(scene, play, pick, next())
          await expectRight(play)
        }
        for (let strangers = 2; strangers > 0; strangers -= 1) {
          const strange = await beginStrange(scene, pick, randomUUID())
          await sleep(stepMs * 2)
          expect(strange(), `seed ${seed}: a conversation that only the colluder has made`).toBeUndefined()
        }
        await expectRight(play)
      }
      const told = scene.people.flatMap(({ log }) => log.filter(({ type }) => type === 'warning'))
      expect(told.length).toBeGreaterThan(0)
      await scene.world.close()
    },
    (seconds + 120) * 1000,
  )
})
