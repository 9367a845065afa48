import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type MinioBlobs, openMinioBlobs } from '../../../src/adapters/minio/open-minio-blobs.ts'
import { OperatorError } from '../../../src/ports/errors/operator-error.ts'
import { UnavailableError } from '../../../src/ports/errors/unavailable-error.ts'
import { engineUrl } from '../../support/engines/engine-url.ts'
import { newS3Bucket } from '../../support/engines/s3-bucket.ts'
import { openHttpProxy } from '../../support/network/http-proxy.ts'
import { openChaosProxy } from '../../support/network/tcp-proxy.ts'

const server = await engineUrl('s3')
const bytes = new TextEncoder().encode('a commit')
const day = 86_400_000
const soon = () => Date.now() + 60_000

const refusalOf = async (url: string): Promise<Error> => {
  const refused: unknown = await openMinioBlobs({ url }).catch((error: unknown) => error)
  if (!(refused instanceof Error)) throw new Error('It opened')
  return refused
}

test.each([
  ['nobody answers', 'http://key:wordsecret@127.0.0.1:1/', /no S3 server answers at 127.0.0.1:1 \(ECONNREFUSED\)$/],
  ['the address is none', 'wordsecret', /is no address/],
  ['it cannot be decoded', 'http://key:wordsecret%zz@localhost/', /is no address/],
  ['it is of another kind', 's3://key:wordsecret@localhost/', /is no address/],
  ['it names no secret', 'http://wordsecret@localhost/', /names no key and secret/],
])('an operator is told in one line, without the secret, that %s', async (_what, url, line) => {
  const refused = await refusalOf(url)
  expect(refused).toBeInstanceOf(OperatorError)
  expect(refused.message).toMatch(line)
  expect(refused.message).toMatch(/^BACKSCROLL_S3_URL/)
  expect(refused.message).not.toMatch(/wordsecret|\n/)
})

describe.skipIf(server === undefined)(server === undefined ? 'skipped: no S3 server' : 'blobs in a bucket', () => {
  let bucket: ReturnType<typeof newS3Bucket>
  let opened: MinioBlobs[]
  beforeEach(() => {
    bucket = newS3Bucket(server ?? '')
    opened = []
  })
  afterEach(async () => {
    for (const blobs of opened) await blobs.close()
    await bucket.remove()
  })
  const open = async (changes = {}) => {
    const blobs = await openMinioBlobs({ url: bucket.url, ...changes })
    opened.push(blobs)
    return blobs
  }

  test.each([
    ['a wrong secret', { password: 'wordsecret' }, 'the server refuses the secret'],
    ['a key that the server does not know', { username: 'wordsecret' }, 'the server does not know the key'],
    ['a name that no bucket can have', { pathname: '/Not_A_Bucket' }, 'no bucket can be called Not_A_Bucket'],
  ])('%s is told to the operator', async (_what, changes, reason) => {
    const { href } = Object.assign(new URL(bucket.url), changes)
    expect((await refusalOf(href)).message).toBe(`BACKSCROLL_S3_URL: ${reason}`)
  })

  test('many processes can make the bucket at once', async () => {
    const [one, ...others] = await Promise.all(Array.from({ length: 6 }, () => open()))
    const { hash } = (await one?.put(bytes)) ?? { hash: '' }
    for (const other of others) expect(await other.get(hash)).toHaveLength(bytes.length)
  })

  test('a blob that is put again between the check and its removal stays', async () => {
    const proxy = await openHttpProxy(bucket.url)
    const [removing, putting] = [await open({ url: proxy.url }), await open({ now: () => Date.now() + day })]
    const { hash } = await removing.put(bytes)
    proxy.intercept(async ({ method }) => {
      if (method === 'DELETE') await putting.put(bytes)
    })
    expect(await removing.remove(hash, soon())).toBe(true)
    expect(await putting.get(hash)).toHaveLength(bytes.length)
    await proxy.close()
  })

  test('a blob that was put on several days is one, as young as the last time, and is removed as one', async () => {
    const [today, tomorrow] = [await open(), await open({ now: () => Date.now() + day })]
    const { hash } = await today.put(bytes)
    await tomorrow.put(bytes)
    const listed: string[] = []
    for await (const each of today.olderThan(soon())) listed.push(each)
    expect(listed).toEqual([hash])
    expect(await today.remove(hash, Date.now() - day)).toBe(false)
    expect(await today.remove(hash, soon())).toBe(true)
    expect(await today.get(hash)).toBeUndefined()
  })

  test('a server that says "later", however often, makes calls unavailable and costs no connections', async () => {
    const proxy = await openHttpProxy(bucket.url)
    const blobs = await open({ url: proxy.url, timeoutMs: 600_000 })
    const { hash } = await blobs.put(bytes)
    proxy.intercept((_asked, answer) => void answer.writeHead(503).end('later'.repeat(100)))
    for (let turn = 0; turn < 4; turn += 1) {
      const calls = Array.from({ length: 30 }, () => blobs.get(hash))
      for (const call of await Promise.allSettled(calls))
        expect(call).toMatchObject({ status: 'rejected', reason: expect.any(UnavailableError) })
    }
    proxy.intercept(() => {})
    expect(await blobs.get(hash)).toHaveLength(bytes.length)
    await proxy.close()
  })

  test('a server that falls silent is given up, and the next call finds it again', async () => {
    const proxy = await openChaosProxy(Number(new URL(bucket.url).port))
    const url = Object.assign(new URL(bucket.url), { host: new URL(proxy.url).host })
    const blobs = await open({ url: url.href, timeoutMs: 500 })
    proxy.stall(60_000)
    await expect(blobs.put(bytes)).rejects.toBeInstanceOf(UnavailableError)
    const { hash } = await blobs.put(bytes)
    expect(await blobs.get(hash)).toHaveLength(bytes.length)
    await proxy.close()
    const calls = [() => blobs.put(bytes), () => blobs.get(hash), () => blobs.remove(hash, soon())]
    for (const call of calls) await expect(call()).rejects.toBeInstanceOf(UnavailableError)
  })
})
