import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { eventually, openClientWorld } from '../../../support/client/client-world.ts'
import { createColluder } from '../../../support/lies/colluder.ts'
import { openLiar, type Person, type Sealed, type Seen } from '../../../support/lies/liar.ts'
import { gently, isPlot, isRare, lieNames, tellLie } from '../../../support/lies/lies.ts'
import { createOracle, type Oracle } from '../../../support/lies/oracle.ts'
import { foundIn } from '../../../support/lies/puppets.ts'
import { act as begin, beginRound, endRound, type Play, say } from '../../../support/lies/round.ts'
import { beginStrange } from '../../../support/lies/strange-conversation.ts'
import { oneOf, type Pick } from '../../../support/lies/words.ts'

/**
 * Longer for a search: BACKSCROLL_LIES_SECONDS=600. The same choices again: BACKSCROLL_SEED=<seed>. Only lies whose name holds a word: BACKSCROLL_LIES=again.
 */
const seconds = Number(process.env.BACKSCROLL_LIES_SECONDS ?? 30)
const seed = Number(process.env.BACKSCROLL_SEED ?? Math.floor(Math.random() * 2 ** 31))
const told = lieNames.filter((name) => name.includes(process.env.BACKSCROLL_LIES ?? ''))
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
  const stores = new Map(['ann', 'bob', 'cyd'].map((user) => [user, createMemoryStore()]))
  const people: Person[] = []
  for (const [user, store] of stores) people.push(await openLiar(deps, user, store))
  const [ann, bob] = people
  const anns = stores.get('ann')
  if (ann === undefined || bob === undefined || anns === undefined) throw new Error('somebody is missing')
  const found = await foundIn(anns, { userId: 'ann', deviceId: 'one' })
  const oracle = createOracle({ sealed, working })
  /** A reset that was made once, to be told again elsewhere. */
  const group = ann.client.createGroup({ members: ['bob', 'cyd'] })
  await group.done
  await ann.client.resetGroup(group.conversationId)
  const identities = new Map<string, string>()
  for (const { user } of people) {
    const known = () => (user === 'ann' ? bob : ann).client.identityOf(user)?.identityKey ?? ''
    await eventually(() => known() !== '', `somebody has met ${user}`)
    identities.set(user, known())
    await colluder.impersonate(user, known())
  }
  return { world, colluder, seen, people, ann, oracle, sealed, found, identities }
}

type OpenScene = Awaited<ReturnType<typeof openScene>>

const epochOf = ({ seen }: OpenScene, id: string): number =>
  seen.events.reduce((newest, { type, stream, data }) => {
    if (type !== 'GroupCommitted' || (stream as { id: string }).id !== id) return newest
    return Math.max(newest, (data as { epoch: number }).epoch)
  }, 0)

/** All of them, in another order each time, and some twice. */
const deckOf = (pick: Pick) => {
  let deck: string[] = []
  return (): string => {
    if (deck.length === 0) deck = [...told, ...told.filter(isRare)]
    return deck.splice(pick(deck.length), 1)[0] ?? ''
  }
}

/** One lie, to one or to all, and what makes people meet it. */
const lieOnce = async (scene: OpenScene, play: Play, pick: Pick, name: string) => {
  const { round, people } = play
  const one = oneOf(pick, people)
  const victims = pick(3) > 0 || one === undefined ? people : [one]
  const about = { id: round.id, epoch: epochOf(scene, round.id), members: [...round.members], stolen: round.stolen }
  const act = (what: string) => begin(play, [what])
  const before = round.history.length
  for (const victim of isPlot(name) ? victims.slice(0, 1) : victims) {
    const what = await tellLie(name, { ...scene, ...about, pick, victim, act })
    if (what !== undefined) round.history.push(what)
  }
  if (round.history.length === before) return
  if (pick(4) === 0) begin(play)
  for (const victim of victims) say(play, victim, round.id, round.id)
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
      const expecting = (look: Oracle['whole']) => async (play: Play) =>
        expect(await look(play), `seed ${seed}: ${play.round.history.join('; ')}`).toBeUndefined()
      const expectRight = expecting(scene.oracle.whole)
      /** What comes of it may come late. */
      const strange: (() => string | undefined)[] = []
      const from = Date.now()
      for (let _rounds = 0; Date.now() < from + seconds * 1000; _rounds += 1) {
        const play = await beginRound({ ...scene, pick }, expecting(scene.oracle.readers))
        await expectRight(play)
        const hand = Array.from({ length: 8 + pick(8) }, next)
        for (const name of pick(3) === 0 ? hand : gently(hand)) {
          await lieOnce(scene, play, pick, name)
          await expectRight(play)
        }
        for (let strangers = 2; strangers > 0; strangers -= 1) {
          strange.push(await beginStrange(scene, pick, randomUUID()))
          await sleep(stepMs * 2)
        }
        await expectRight(play)
        await endRound(play)
        for (const wrong of strange)
          expect(wrong(), `seed ${seed}: a conversation that only the colluder has made`).toBeUndefined()
      }
      const warnings = scene.people.flatMap(({ log }) => log.filter(({ type }) => type === 'warning'))
      expect(warnings.length).toBeGreaterThan(0)
      await scene.world.close()
    },
    (seconds + 120) * 1000,
  )
})
