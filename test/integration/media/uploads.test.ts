import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningApi, startApi } from '../../support/api/harness.ts'
import {
  checksumOf,
  closeListening,
  createFileCaller,
  type FileCaller,
  listening,
  sha256,
  tusHeaders,
} from '../../support/media/uploads.ts'

let world: RunningApi
let url: string
let alice: FileCaller
let bob: FileCaller
beforeAll(async () => {
  world = await startApi()
  url = await listening(world)
  alice = createFileCaller(url, await world.tokenFor('alice'))
  bob = createFileCaller(url, await world.tokenFor('bob'))
})
afterAll(() => closeListening(world))

/** Bytes of files that this server has received. */
const received = async (): Promise<number> =>
  Number(/^backscroll_media_received_bytes_total (\d+)/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1] ?? 0)

const codeOf = async (answer: Response): Promise<unknown> => ((await answer.json()) as { code: unknown }).code

describe('an upload', () => {
  test('in one request is stored, and read back byte for byte', async () => {
    const bytes = randomBytes(300_000)
    const { status, mediaId, size, hash } = await alice.upload(bytes)
    expect({ status, size, hash }).toEqual({ status: 200, size: bytes.length, hash: sha256(bytes) })
    const got = await alice.get(mediaId)
    expect(got.bytes.equals(bytes)).toBe(true)
    expect(got.headers.get('etag')).toBe(`"${hash}"`)
    expect(got.headers.get('cache-control')).toMatch(/^private, .*immutable/)
  })

  test('can be continued after a cut at any byte of a small file', async () => {
    const bytes = randomBytes(24)
    const id = await alice.begin(bytes.length)
    for (let at = 0; at < bytes.length; ) {
      await alice.cutPatch(id, at, bytes.subarray(at, at + 1), bytes.length - at + 1 - 1)
      const after = await alice.offset(id)
      expect(after).toBeGreaterThanOrEqual(at)
      expect(after).toBeLessThanOrEqual(at + 1)
      if (after === at) continue
      at = after
    }
    expect((await alice.get(id)).bytes.equals(bytes)).toBe(true)
  })

  test('in several requests gets the hash of the whole file', async () => {
    const bytes = randomBytes(100_000)
    const id = await alice.begin(bytes.length)
    expect((await alice.patch(id, 0, bytes.subarray(0, 40_000))).headers.get('upload-offset')).toBe('40000')
    expect((await alice.get(id)).status).toBe(404)
    expect((await alice.patch(id, 40_000, bytes.subarray(40_000))).status).toBe(204)
    expect((await alice.get(id)).headers.get('etag')).toBe(`"${sha256(bytes)}"`)
  })

  test('may send its first bytes with the creation', async () => {
    const bytes = randomBytes(1_000)
    const created = await alice.ask(
      'POST',
      '/media/uploads',
      { ...tusHeaders, 'upload-length': '1000', 'content-type': 'application/offset+octet-stream' },
      bytes,
    )
    expect(created.status).toBe(201)
    expect(created.headers.get('upload-offset')).toBe('1000')
    expect((await alice.get(alice.idOf(created))).bytes.equals(bytes)).toBe(true)
  })

  test('may be empty', async () => {
    const id = await alice.begin(0)
    const { status, bytes } = await alice.get(id)
    expect([status, bytes.length]).toEqual([200, 0])
  })

  test('cannot be seen, continued or ended by another user', async () => {
    const id = await alice.begin(10)
    expect((await bob.head(id)).status).toBe(404)
    expect(await codeOf(await bob.patch(id, 0, randomBytes(10)))).toBe('not_found')
    expect((await bob.remove(id)).status).toBe(404)
    expect(await alice.offset(id)).toBe(0)
  })

  test('that was ended is removed with its bytes', async () => {
    const id = await alice.begin(10)
    await alice.patch(id, 0, randomBytes(5))
    expect((await alice.remove(id)).status).toBe(204)
    expect((await alice.head(id)).status).toBe(404)
    const folder = join(world.files.directory, 'media', id.slice(0, 2))
    expect(await readdir(folder)).not.toContain(id)
  })

  test('is written by one request at a time', async () => {
    const bytes = randomBytes(200_000)
    const id = await alice.begin(bytes.length)
    const answers = await Promise.all([alice.patch(id, 0, bytes), alice.patch(id, 0, bytes)])
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409])
    expect((await alice.get(id)).bytes.equals(bytes)).toBe(true)
  })

  test('on a hanging connection is taken over by the next request', async () => {
    const bytes = randomBytes(100)
    const id = await alice.begin(bytes.length)
    let release = () => {}
    const hanging = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(bytes.subarray(0, 40))
        release = () => controller.close()
      },
    })
    const stuck = alice.patch(id, 0, hanging).catch(() => undefined)
    await expect.poll(() => alice.offset(id), { timeout: 10_000 }).toBe(40)
    expect((await alice.patch(id, 40, bytes.subarray(40))).status).toBe(204)
    release()
    await stuck
    expect((await alice.get(id)).bytes.equals(bytes)).toBe(true)
  })
})

describe('a checksum', () => {
  test.each(['sha256', 'sha1'])('of %s that fits is accepted', async (algorithm) => {
    const bytes = randomBytes(1_000)
    const id = await alice.begin(bytes.length)
    const [first, rest] = [bytes.subarray(0, 400), bytes.subarray(400)]
    expect((await alice.patch(id, 0, first, checksumOf(first, algorithm))).status).toBe(204)
    expect((await alice.patch(id, 400, rest, checksumOf(rest, algorithm))).status).toBe(204)
    const got = await alice.get(id)
    expect([got.bytes.equals(bytes), got.headers.get('etag')]).toEqual([true, `"${sha256(bytes)}"`])
  })

  test('that does not fit discards the bytes of its request and no others', async () => {
    const bytes = randomBytes(20 * 1024 * 1024)
    const id = await alice.begin(bytes.length)
    expect((await alice.patch(id, 0, bytes.subarray(0, 1_000))).status).toBe(204)
    const rest = bytes.subarray(1_000)
    const damaged = Buffer.from(rest)
    damaged[12_345_678] = (damaged[12_345_678] ?? 0) ^ 1
    const refused = await alice.patch(id, 1_000, damaged, checksumOf(rest))
    expect([refused.status, await codeOf(refused)]).toEqual([460, 'upload_checksum'])
    expect(await alice.offset(id)).toBe(1_000)
    expect((await alice.patch(id, 1_000, rest, checksumOf(rest))).status).toBe(204)
    expect((await alice.get(id)).bytes.equals(bytes)).toBe(true)
  })

  test('of a request that was cut off keeps nothing of it', async () => {
    const bytes = randomBytes(500)
    const id = await alice.begin(bytes.length)
    await alice.cutPatch(id, 0, bytes.subarray(0, 300), 500, checksumOf(bytes))
    expect(await alice.offset(id)).toBe(0)
  })

  test('of a request that another one stopped is no mismatch', async () => {
    const bytes = randomBytes(100)
    const id = await alice.begin(bytes.length)
    const receivedBefore = await received()
    let release = () => {}
    const hanging = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(bytes.subarray(0, 40))
        release = () => controller.close()
      },
    })
    const stuck = alice.patch(id, 0, hanging, checksumOf(bytes)).catch(() => undefined)
    await expect.poll(received, { timeout: 10_000 }).toBe(receivedBefore + 40)
    expect((await alice.patch(id, 0, bytes)).status).toBe(204)
    release()
    const stopped = await stuck
    if (stopped !== undefined) expect(await codeOf(stopped)).toBe('upload_locked')
    expect((await alice.get(id)).bytes.equals(bytes)).toBe(true)
  })

  test.each(['md5 AAAA', 'sha256', 'sha256 ***', 'sha256 AAAA AAAA'])('%s is refused', async (announced) => {
    const id = await alice.begin(10)
    const answer = await alice.patch(id, 0, randomBytes(10), { 'upload-checksum': announced })
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'invalid'])
    expect(await alice.offset(id)).toBe(0)
  })
})

describe('hostile requests', () => {
  test.each([
    ['no version', { 'tus-resumable': '' }, 412, 'unsupported_tus'],
    ['another version', { 'tus-resumable': '0.2.2' }, 412, 'unsupported_tus'],
    ['metadata that is none', { 'upload-metadata': 'filename ,,, x y z' }, 400, 'invalid'],
    ['metadata without end', { 'upload-metadata': `name ${'A'.repeat(5_000)}` }, 400, 'invalid'],
    ['a length that is no number', { 'upload-length': '-5' }, 400, 'invalid'],
    ['a length with an exponent', { 'upload-length': '1e+21' }, 400, 'invalid'],
    ['a length beyond every file', { 'upload-length': '999999999999999' }, 413, 'too_large'],
    ['a length that comes later', { 'upload-length': '', 'upload-defer-length': '1' }, 400, 'invalid'],
    ['a part of a file', { 'upload-concat': 'partial' }, 400, 'invalid'],
  ])('%s is refused', async (_what, more, status, code) => {
    const headers = Object.fromEntries(
      Object.entries({ ...tusHeaders, 'upload-length': '5', ...more }).filter(([, v]) => v !== ''),
    )
    const answer = await alice.ask('POST', '/media/uploads', headers as Record<string, string>)
    expect(answer.status).toBe(status)
    expect(await codeOf(answer)).toBe(code)
  })

  test('a wrong offset is a conflict, and changes nothing', async () => {
    const id = await alice.begin(10)
    for (const offset of [1, 10, 11]) {
      const answer = await alice.patch(id, offset, randomBytes(1))
      expect([answer.status, await codeOf(answer)]).toEqual([409, 'upload_offset'])
    }
    for (const offset of ['-1', 'x', '1.5']) expect((await alice.patch(id, offset, randomBytes(1))).status).toBe(400)
    expect(await alice.offset(id)).toBe(0)
  })

  test('more bytes than announced are refused', async () => {
    const id = await alice.begin(10)
    const answer = await alice.patch(id, 0, randomBytes(11))
    expect([answer.status, await codeOf(answer)]).toEqual([413, 'too_large'])
    const endless = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(randomBytes(1_000)) })
    const stopped = await alice.patch(id, 0, endless).catch(() => undefined)
    if (stopped !== undefined) expect(stopped.status).toBe(413)
    expect(await alice.offset(id)).toBeLessThanOrEqual(10)
  })

  test('a body of another type, or none, is refused', async () => {
    const id = await alice.begin(10)
    const other = await alice.patch(id, 0, randomBytes(10), { 'content-type': 'application/octet-stream' })
    expect(other.status).toBe(400)
    expect((await alice.patch(id, 0, randomBytes(10), { 'content-type': 'text/plain' })).status).toBe(415)
  })

  test.each(['..', '%2e%2e%2f%2e%2e%2fevents.db', '..%2Fkeys', 'a%00b', 'x'.repeat(128), '%', 'uploads'])(
    'the id %s leads nowhere',
    async (id) => {
      for (const answer of [await alice.head(id), await alice.remove(id), await alice.ask('GET', `/media/${id}`)])
        expect([400, 404, 405]).toContain(answer.status)
    },
  )

  test('a request without a token is refused', async () => {
    const answer = await fetch(`${url}/media/uploads`, {
      method: 'POST',
      headers: { ...tusHeaders, 'upload-length': '1' },
    })
    expect(answer.status).toBe(401)
  })

  test('a request may take longer than the deadline while data arrives', async () => {
    const slow = await startApi()
    slow.api.server.requestTimeout = 1_000
    const carol = createFileCaller(await listening(slow), await slow.tokenFor('carol'))
    const bytes = randomBytes(40)
    const id = await carol.begin(bytes.length)
    let at = 0
    const dripping = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 400))
        controller.enqueue(bytes.subarray(at, at + 5))
        at += 5
        if (at === bytes.length) controller.close()
      },
    })
    expect((await carol.patch(id, 0, dripping)).status).toBe(204)
    await closeListening(slow)
  })
})

test('OPTIONS tells what the server can do, without a token', async () => {
  const asked = async (headers: Record<string, string>) => fetch(`${url}/media/uploads`, { method: 'OPTIONS', headers })
  for (const answer of [await asked({}), await asked({ 'tus-resumable': '0.1' })]) {
    expect(answer.status).toBe(204)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'tus-version': '1.0.0',
      'tus-extension': 'creation,creation-with-upload,expiration,termination,checksum',
      'tus-max-size': '4294967296',
      'tus-checksum-algorithm': 'sha256,sha1',
    })
  }
})

describe('the storage of a user', () => {
  const limited = async (environment: Record<string, string>) => {
    const server = await startApi({}, {}, {}, Date.now, environment)
    return { server, dan: createFileCaller(await listening(server), await server.tokenFor('dan')) }
  }

  test('is limited for one file', async () => {
    const { server, dan } = await limited({ BACKSCROLL_MEDIA_MAX_BYTES: '65536' })
    expect((await dan.create(65_537)).status).toBe(413)
    expect((await dan.create(65_536)).status).toBe(201)
    expect((await dan.upload(randomBytes(65_537))).code).toBe('too_large')
    await closeListening(server)
  })

  test('is limited in bytes and uploads, and an ended upload frees its share', async () => {
    const { server, dan } = await limited({
      BACKSCROLL_MEDIA_BYTES_PER_USER: '65536',
      BACKSCROLL_MEDIA_UPLOADS_PER_USER: '2',
    })
    const first = await dan.begin(60_000)
    expect(await codeOf(await dan.create(6_000))).toBe('media_full')
    await dan.begin(1_000)
    const third = await dan.create(1_000)
    expect([third.status, await codeOf(third)]).toEqual([429, 'upload_limit'])
    await dan.remove(first)
    expect((await dan.create(6_000)).status).toBe(201)
    await closeListening(server)
  })

  test('counts empty files and empty requests, so nobody can fill the store with nothing', async () => {
    const { server, dan } = await limited({ BACKSCROLL_MEDIA_BYTES_PER_DAY: '1000000' })
    const begun: number[] = []
    for (let tries = 0; tries < 8; tries += 1) begun.push((await dan.create(0)).status)
    const id = await dan.begin(10)
    const sent: number[] = []
    for (let tries = 0; tries < 3; tries += 1) sent.push((await dan.patch(id, 0, new Uint8Array())).status)
    expect([...begun, ...sent]).toEqual([201, 201, 201, 201, 201, 201, 201, 201, 204, 429, 429])
    for (let tries = 0; tries < 8; tries += 1) begun.push((await dan.create(0)).status)
    expect(begun.at(-1)).toBe(429)
    await closeListening(server)
  })

  test('counts bytes that a checksum discards, so nobody can send without end', async () => {
    const { server, dan } = await limited({ BACKSCROLL_MEDIA_BYTES_PER_DAY: '1000000' })
    const bytes = randomBytes(200_000)
    const id = await dan.begin(bytes.length)
    const codes: unknown[] = []
    for (let tries = 0; tries < 4; tries += 1)
      codes.push(await codeOf(await dan.patch(id, 0, bytes, checksumOf(bytes.subarray(1)))))
    expect(codes).toEqual(['upload_checksum', 'upload_checksum', 'rate_limited', 'rate_limited'])
    await closeListening(server)
  })
})
