import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { directConversationId } from '../../src/protocol/direct-conversation-id.ts'
import { eventually, openClientWorld } from '../support/client-world.ts'
import { createColluder } from '../support/colluder.ts'
import { openLiar, type Person, type Sealed, type Seen, shownTo } from '../support/liar.ts'
import { type Pick, tellLie } from '../support/lies.ts'

/** Longer for a search: BACKSCROLL_LIES_SECONDS=600. The same choices again: BACKSCROLL_SEED=<seed>. */
const seconds = Number(process.env.BACKSCROLL_LIES_SECONDS ?? 30)
const seed = Number(process.env.BACKSCROLL_SEED ?? Math.floor(Math.random() * 2 ** 31))
const stepMs = 150

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

const quietly = (work: Promise<unknown>) => void work.catch(() => {})

const openScene = async () => {
  const world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  const [direct, group] = [directConversationId('ann', 'bob'), randomUUID()]
  const conversations = [direct, group]
  const groupIds = conversations.flatMap((id) => [id, `${id}/1`, `${id}/2`, `${id}/3`])
  const colluder = await createColluder(world, 'eve', groupIds)
  const seen: Seen = { events: [], infos: [], blobs: [] }
  const sealed: Sealed[] = []
  const working: Promise<unknown>[] = []
  const deps = { world, colluder, seen, sealed, working, addressed: directConversationId }
  const people: Person[] = []
  for (const user of ['ann', 'bob', 'cyd']) people.push(await openLiar(deps, user))
  const [ann, bob, cyd] = people
  if (!ann || !bob || !cyd) throw new Error('somebody is missing')

  /** Whether the colluder reads it, of each that was sent since; somebody else than those whom the sender's user sees must not. */
  const check = async (history: readonly string[]) => {
    await Promise.all(working.splice(0))
    let read = 0
    for (const { by, conversationId, ciphertext, shown } of sealed.splice(0)) {
      if (!(await colluder.reads(ciphertext))) continue
      read += 1
      const visible = shown.has(colluder.user) || shownTo(by, conversationId).has(colluder.user)
      expect(visible, `seed ${seed}: ${by.user} cannot see who reads; ${history.join('; ')}`).toBe(true)
      expect(conversationId, `seed ${seed}: a direct conversation; ${history.join('; ')}`).toBe(group)
    }
    return read
  }
  return { world, conversations, direct, group, colluder, seen, people, ann, bob, cyd, check }
}

type OpenScene = Awaited<ReturnType<typeof openScene>>

/** What honest people do meanwhile. Who is lied to may wait or fail, and be told so. */
const act = ({ people, ann, direct, group, colluder }: OpenScene, pick: Pick, adds: boolean): string => {
  const who = people[pick(people.length)] ?? ann
  const what = pick(adds ? 12 : 9)
  const isTwo = who.user !== 'cyd'
  if (what < 5 && isTwo) quietly(who.client.send(direct, { text: `to the other ${what}` }))
  else if (what < 9) quietly(who.client.send(group, { text: `to all ${what}` }))
  else if (what === 9) quietly(ann.client.addMembers(group, [colluder.user]))
  else if (what === 10) quietly(ann.client.removeMember(group, colluder.user))
  else quietly(ann.client.resetGroup(pick(3) === 0 ? direct : group))
  return `${who.user} does ${what}`
}

describe('A server that lies with the help of an account P5', () => {
  it(
    'reads nothing that is not for somebody whom the sender can see, whatever it tells',
    async () => {
      const scene = await openScene()
      const { world, people, ann, bob, direct, group, colluder, check } = scene
      // As things should be: a member reads, and whoever was removed does not.
      await ann.client.send({ user: 'bob' }, { text: 'hello' })
      await ann.client.createGroup({ conversationId: group, members: ['bob', 'cyd'] }).done
      await eventually(() => shownTo(bob, group).size === 3 && shownTo(bob, direct).size === 2, 'the beginning')
      await ann.client.addMembers(group, [colluder.user])
      await ann.client.send(group, { text: 'with eve' })
      await eventually(() => shownTo(bob, group).has(colluder.user), 'eve is shown')
      expect(await check(['honest'])).toBeGreaterThan(0)
      await ann.client.removeMember(group, colluder.user)
      await ann.client.send(group, { text: 'without eve' })
      await check(['honest'])
      await bob.client.send(group, { text: 'without eve' })
      expect(await check(['honest'])).toBe(0)
      await eventually(
        () => people.every((one) => !shownTo(one, group).has(colluder.user)),
        'eve is gone for everybody',
      )

      const pick = choices(seed)
      const history: string[] = []
      const from = Date.now()
      while (Date.now() < from + seconds * 1000) {
        for (let lies = 2 + pick(4); lies > 0; lies -= 1) history.push(await tellLie(scene, pick))
        const adds = Date.now() > from + seconds * 700
        history.push(act(scene, pick, adds))
        await sleep(stepMs)
        await check(history.slice(-40))
        // Nobody has let the colluder in again: nobody is to be told so either.
        const shown = people.some((one) => scene.conversations.some((id) => shownTo(one, id).has(colluder.user)))
        expect(shown && !adds, `seed ${seed}: a member by the server's word; ${history.slice(-40).join('; ')}`).toBe(
          false,
        )
      }
      await sleep(1_000)
      await check(history.slice(-40))
      expect(people.flatMap(({ log }) => log.filter(({ type }) => type === 'warning')).length).toBeGreaterThan(0)
      await world.close()
    },
    (seconds + 120) * 1000,
  )
})
