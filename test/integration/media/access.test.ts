import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sweepMedia } from '../../../src/media/sweep-media.ts'
import { numbered, startGroup, text } from '../../support/api/conversations.ts'
import { type Caller, createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'
import { closeListening, createFileCaller, type FileCaller, listening } from '../../support/media/uploads.ts'

const day = 86_400_000

let world: RunningApi
let url: string
beforeAll(async () => {
  world = await startApi()
  url = await listening(world)
})
afterAll(() => closeListening(world))

interface Person {
  readonly call: Caller
  readonly files: FileCaller
}

const person = async (name: string): Promise<Person> => ({
  call: await createCaller(world, name),
  files: createFileCaller(url, await world.tokenFor(name)),
})

const folded = async () => {
  const head = await world.log.head()
  expect(await world.watermark.reached(head, 5_000)).toBe(true)
}

const statusFor = async ({ files }: Person, id: string): Promise<number> => {
  await folded()
  return (await files.get(id)).status
}

const aboutOf = (message: { messageId: string }, answer: { body: { revision: number } }, kind: 'edit' | 'delete') => ({
  relatesTo: { messageId: message.messageId, revision: answer.body.revision, kind },
})

/** A new group, with a counter for its owner's commands. */
const groupOf = async (owner: string, members: readonly string[]) => {
  const by = await person(owner)
  const { conversationId } = await startGroup(by.call, owner, members)
  let number = 1
  const send = async (more: object) => {
    const message = { ...text(number + 1, { conversationId }), ...more }
    const answer = await by.call('POST', '/messages', message)
    if (answer.status === 200) number += 1
    return { message, answer }
  }
  const change = async (what: object) => {
    const changed = await by.call('PATCH', `/conversations/${conversationId}`, { ...what, ...numbered(number + 1) })
    expect(changed.status).toBe(200)
    number += 1
  }
  /** Sends the deletion of the message. A deletion has no content. */
  const remove = async ({ message, answer }: Awaited<ReturnType<typeof send>>) => {
    const { ciphertext: _, ...deletion } = {
      ...text(number + 1, { conversationId }),
      ...aboutOf(message, answer, 'delete'),
    }
    expect((await by.call('POST', '/messages', deletion)).status).toBe(200)
    number += 1
  }
  return { by, send, change, remove }
}

const isGone = async (id: string) => {
  let found = false
  try {
    for await (const _ of world.files.store.read(id, 0, 1)) found = true
  } catch {
    return true
  }
  return !found
}

/** Sweeps as if this much time had passed. */
const sweep = async (later: number, isComplete = true) => {
  await folded()
  return sweepMedia({
    records: world.accounts.store,
    store: world.files.store,
    isNamed: world.files.isNamed,
    isComplete: async () => isComplete,
    now: () => Date.now() + later,
    onRemoved: () => {},
  })
}

describe('a file', () => {
  test('can be read by its uploader, and by everybody who may see a message that names it', async () => {
    const group = await groupOf('ann', ['bea', 'cid'])
    const [bea, eve] = [await person('bea'), await person('eve')]
    const { mediaId } = await group.by.files.upload(randomBytes(100))
    expect(await statusFor(group.by, mediaId)).toBe(200)
    expect(await statusFor(bea, mediaId)).toBe(404)
    expect((await group.send({ mediaIds: [mediaId] })).answer.status).toBe(200)
    expect(await statusFor(bea, mediaId)).toBe(200)
    expect(await statusFor(eve, mediaId)).toBe(404)
    const [unknown, foreign] = [
      await eve.files.ask('GET', `/media/${'A'.repeat(32)}`),
      await eve.files.ask('GET', `/media/${mediaId}`),
    ]
    const shown = async (answer: Response) => {
      const { requestId: _, ...problem } = (await answer.json()) as Record<string, unknown>
      return problem
    }
    expect(await shown(unknown)).toEqual(await shown(foreign))
  })

  test('that is forwarded can also be read by those who may see the other message', async () => {
    const group = await groupOf('ann', ['bea'])
    const bea = await person('bea')
    const { mediaId } = await group.by.files.upload(randomBytes(100))
    await group.send({ mediaIds: [mediaId] })
    const other = await groupOf('bea', ['dora'])
    const dora = await person('dora')
    expect(await statusFor(dora, mediaId)).toBe(404)
    expect((await other.send({ mediaIds: [mediaId] })).answer.status).toBe(200)
    expect(await statusFor(dora, mediaId)).toBe(200)
    expect(await statusFor(bea, mediaId)).toBe(200)
  })

  test('cannot be named by a user who may not read it, nor before it is complete', async () => {
    const group = await groupOf('eve', ['bea'])
    const ann = await person('ann')
    const { mediaId } = await ann.files.upload(randomBytes(100))
    const half = await group.by.files.begin(10)
    for (const mediaIds of [[mediaId], [half], ['A'.repeat(32)]]) {
      const { answer } = await group.send({ mediaIds })
      expect([answer.status, answer.code]).toEqual([409, 'unknown_media'])
    }
    expect((await group.send({})).answer.status).toBe(200)
  })

  test('that is gone does not change the answer to a repeated message', async () => {
    const group = await groupOf('ann', ['bea'])
    const { mediaId } = await group.by.files.upload(randomBytes(100))
    const sent = await group.send({ mediaIds: [mediaId] })
    await group.remove(sent)
    await sweep(day)
    expect(await isGone(mediaId)).toBe(true)
    const again = await group.by.call('POST', '/messages', sent.message)
    expect([again.status, again.body.duplicate]).toEqual([200, true])
  })

  test('that an edit replaces can be read by its uploader only, and is swept', async () => {
    const group = await groupOf('ann', ['bea'])
    const bea = await person('bea')
    const [first, second] = [await group.by.files.upload(randomBytes(10)), await group.by.files.upload(randomBytes(10))]
    const { message, answer } = await group.send({ mediaIds: [first.mediaId, second.mediaId] })
    await group.send({ mediaIds: [second.mediaId], ...aboutOf(message, answer, 'edit') })
    expect(await statusFor(bea, first.mediaId)).toBe(404)
    expect(await statusFor(bea, second.mediaId)).toBe(200)
    await sweep(day / 2)
    expect(await isGone(first.mediaId)).toBe(true)
    expect(await isGone(second.mediaId)).toBe(false)
  })

  test('whose last message is deleted is swept, and one that another message names is not', async () => {
    const [group, other] = [await groupOf('ann', ['bea']), await groupOf('ann', ['cid'])]
    const [once, twice] = [await group.by.files.upload(randomBytes(10)), await group.by.files.upload(randomBytes(10))]
    const sent = await group.send({ mediaIds: [once.mediaId, twice.mediaId] })
    await other.send({ mediaIds: [twice.mediaId] })
    await group.remove(sent)
    expect(await statusFor(await person('bea'), once.mediaId)).toBe(404)
    await sweep(60_000)
    expect(await isGone(once.mediaId)).toBe(false)
    await sweep(day / 2)
    expect([await isGone(once.mediaId), await isGone(twice.mediaId)]).toEqual([true, false])
  })

  test('that no message names is removed after a day, and so is an unfinished upload', async () => {
    const ann = await person('ann')
    const { mediaId } = await ann.files.upload(randomBytes(10))
    const half = await ann.files.begin(10)
    await ann.files.patch(half, 0, randomBytes(5))
    await sweep(day / 2)
    expect([(await ann.files.get(mediaId)).status, await ann.files.offset(half)]).toEqual([200, 5])
    await sweep(day + 1_000)
    expect([(await ann.files.get(mediaId)).status, (await ann.files.head(half)).status]).toEqual([404, 404])
    expect([await isGone(mediaId), await isGone(half)]).toEqual([true, true])
  })

  test('is kept while the views are incomplete', async () => {
    const group = await groupOf('ann', ['bea'])
    const { mediaId } = await group.by.files.upload(randomBytes(10))
    await group.remove(await group.send({ mediaIds: [mediaId] }))
    await sweep(day / 2, false)
    expect(await isGone(mediaId)).toBe(false)
  })

  test('of an erased user is removed with the messages of others left alone', async () => {
    const group = await groupOf('ann', ['gina'])
    const gone = await person('gina')
    const [own, forwarded] = [await gone.files.upload(randomBytes(10)), await gone.files.upload(randomBytes(10))]
    const unnamed = await gone.files.upload(randomBytes(10))
    const ownGroup = await groupOf('gina', ['ann', 'cid'])
    await ownGroup.send({ mediaIds: [own.mediaId, forwarded.mediaId] })
    await folded()
    const forward = await group.send({ mediaIds: [forwarded.mediaId] })
    expect(forward.answer.status).toBe(200)
    expect((await gone.call('POST', '/me/erasure', {})).status).toBe(200)
    await sweep(0)
    expect([await isGone(unnamed.mediaId), await isGone(own.mediaId)]).toEqual([true, false])
    await sweep(day / 2, false)
    expect(await isGone(own.mediaId)).toBe(false)
    await sweep(day / 2)
    expect([await isGone(own.mediaId), await isGone(forwarded.mediaId)]).toEqual([true, false])
    expect((await group.by.files.get(forwarded.mediaId)).status).toBe(200)
    await group.remove(forward)
    await sweep(day / 2)
    expect(await isGone(forwarded.mediaId)).toBe(true)
  })

  test('whose last message has expired cannot be read, and is swept', async () => {
    const group = await groupOf('ann', ['bea'])
    const bea = await person('bea')
    const { mediaId } = await group.by.files.upload(randomBytes(10))
    await group.change({ retentionSeconds: 2 })
    expect((await group.send({ mediaIds: [mediaId] })).answer.status).toBe(200)
    await expect.poll(() => statusFor(bea, mediaId), { timeout: 10_000 }).toBe(404)
    await sweep(day / 2)
    expect(await isGone(mediaId)).toBe(true)
  })
})

describe('a range of a file', () => {
  test.each([
    ['bytes=0-0', 206, 'bytes 0-0/100', [0, 1]],
    ['bytes=10-19', 206, 'bytes 10-19/100', [10, 20]],
    ['bytes=90-', 206, 'bytes 90-99/100', [90, 100]],
    ['bytes=90-1000', 206, 'bytes 90-99/100', [90, 100]],
    ['bytes=-5', 206, 'bytes 95-99/100', [95, 100]],
    ['bytes=-500', 206, 'bytes 0-99/100', [0, 100]],
    ['bytes=5-1', 200, null, [0, 100]],
    ['bytes=0-1,3-4', 200, null, [0, 100]],
    ['lines=0-1', 200, null, [0, 100]],
  ] as const)('%s', async (range, status, contentRange, [from, to]) => {
    const ann = await person('ann')
    const bytes = randomBytes(100)
    const { mediaId } = await ann.files.upload(bytes)
    const got = await ann.files.get(mediaId, { range })
    expect([got.status, got.headers.get('content-range')]).toEqual([status, contentRange])
    expect(got.bytes.equals(bytes.subarray(from, to))).toBe(true)
  })

  test('beyond the end is refused, and HEAD and ETag describe the file', async () => {
    const ann = await person('ann')
    const { mediaId, hash } = await ann.files.upload(randomBytes(100))
    const beyond = await ann.files.get(mediaId, { range: 'bytes=100-' })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */100'])
    const head = await ann.files.ask('HEAD', `/media/${mediaId}`)
    expect([head.status, head.headers.get('content-length'), head.headers.get('etag')]).toEqual([
      200,
      '100',
      `"${hash}"`,
    ])
    expect((await ann.files.get(mediaId, { 'if-none-match': `"${hash}"` })).status).toBe(304)
    expect((await ann.files.get(mediaId, { range: 'bytes=0-1', 'if-range': '"another"' })).status).toBe(200)
  })
})

test('downloads that are given up while they wait for the views leave no transfer behind', async () => {
  const ann = await person('ann-gives-up')
  const { mediaId } = await ann.files.upload(randomBytes(100))
  await folded()
  const beyond = `${(await world.log.head()) + 1n}`
  const abort = new AbortController()
  const headers = { authorization: `Bearer ${await world.tokenFor('ann-gives-up')}` }
  const given = Array.from({ length: 20 }, () =>
    fetch(`${url}/media/${mediaId}?atLeast=${beyond}`, { headers, signal: abort.signal }).catch(() => 'given up'),
  )
  await sleep(200)
  abort.abort()
  expect(new Set(await Promise.all(given))).toEqual(new Set(['given up']))
  await sleep(100)
  await startGroup(ann.call, 'ann-gives-up', [])
  await folded()
  for (let n = 0; n < 3; n += 1) expect((await ann.files.get(mediaId)).status).toBe(200)
})
