import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MinioBlobs, openMinioBlobs } from '../../../src/adapters/minio/open-minio-blobs.ts'
import { issueToken } from '../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { type MemoryCluster, openMemoryCluster } from '../../support/cluster/memory-cluster.ts'
import { engineUrl } from '../../support/engines/engine-url.ts'
import { newS3Bucket } from '../../support/engines/s3-bucket.ts'
import { seededRandom } from '../../support/event-log/attacks.ts'
import { checksumOf, createFileCaller, type FileCaller, sha256 } from '../../support/media/uploads.ts'

const server = await engineUrl('s3')
const mega = 1024 * 1024
const partBytes = 5 * mega

/** Two processes whose files are in one bucket, which clients can reach too. */
describe.skipIf(server === undefined)(server === undefined ? 'skipped: no S3 server' : 'files in a bucket', () => {
  let bucket: ReturnType<typeof newS3Bucket>
  let blobs: MinioBlobs
  let cluster: MemoryCluster
  let urls: string[]
  let callersOf: (user: string) => Promise<readonly [FileCaller, FileCaller]>

  beforeAll(async () => {
    bucket = newS3Bucket(server ?? '')
    blobs = await openMinioBlobs({ url: bucket.url, publicUrl: server })
    cluster = await openMemoryCluster({ BACKSCROLL_MEDIA_REDIRECT_SECONDS: '5' }, 1, blobs.media)
    const first = await cluster.start(['api', 'relay', 'projector', 'worker'])
    urls = [first.url, (await cluster.start(['api'])).url]
    const keys = await createLocalKeys(join(cluster.directory, 'keys'))
    const signing = { keys, issuer: 'backscroll', audience: 'backscroll' }
    callersOf = async (user) => {
      const token = await issueToken(signing, { user, device: 'phone', roles: ['user'], ttl: 3600 })
      const [one = '', two = ''] = urls
      return [createFileCaller(one, token), createFileCaller(two, token)]
    }
  })
  afterAll(async () => {
    await cluster.close()
    await blobs.close()
    await bucket.remove()
  })

  test('an upload with random cuts, damaged bytes and changes of process keeps every byte', async () => {
    const seed = Number(process.env.BACKSCROLL_SEED ?? Math.floor(Math.random() * 1e9))
    const random = seededRandom(seed)
    const below = (end: number): number => Math.floor(random() * end)
    const bytes = randomBytes(14 * mega + below(mega))
    const callers = await callersOf('ann')
    const any = (): FileCaller => callers[below(2)] ?? callers[0]
    const id = await callers[0].begin(bytes.length)
    const said = (what: string) => `${what} (BACKSCROLL_SEED=${seed})`

    let at = 0
    const cut = async (count: number): Promise<void> => {
      await any().cutPatch(id, at, bytes.subarray(at, at + count), bytes.length - at)
      const after = await any().offset(id)
      expect(after, said('a cut keeps what it had')).toBeGreaterThanOrEqual(at)
      expect(after, said('a cut adds no byte')).toBeLessThanOrEqual(at + count)
      at = after
    }
    const send = async (count: number): Promise<void> => {
      const piece = bytes.subarray(at, at + count)
      expect((await any().patch(id, at, piece, checksumOf(piece))).status, said('a whole piece')).toBe(204)
      at += piece.length
    }
    const damage = async (count: number): Promise<void> => {
      const piece = bytes.subarray(at, at + count)
      const wrong = Buffer.from(piece)
      wrong.writeUInt8((wrong.at(-1) ?? 0) ^ 1, wrong.length - 1)
      expect((await any().patch(id, at, wrong, checksumOf(piece))).status, said('a damaged piece')).toBe(460)
      expect(await any().offset(id), said('a damaged piece adds nothing')).toBe(at)
    }
    const toBoundary = (): number => Math.min(bytes.length - at, partBytes - (at % partBytes))
    const steps = [cut, cut, send, damage]
    for (let step = 0; step < 12 && at < bytes.length; step += 1) {
      const count = below(4) === 0 ? toBoundary() : 1 + below(Math.min(2 * mega, bytes.length - at - 1))
      await steps[below(steps.length)]?.(count)
    }
    while (at < bytes.length) await send(Math.min(6 * mega, bytes.length - at))
    const got = await any().get(id)
    expect(sha256(got.bytes), said('the file')).toBe(sha256(bytes))
    const left: unknown[] = []
    for await (const { name } of bucket.client.listObjectsV2(bucket.bucket, `media/${id}`, true)) left.push(name)
    expect(left, said('no part is left over')).toEqual([`media/${id}`])
  }, 60_000)

  test('a download is sent to the bucket, after the check of who asks', async () => {
    const [ann, other] = await callersOf('ann')
    const [eve] = await callersOf('eve')
    const bytes = randomBytes(6 * mega)
    const { mediaId } = await ann.upload(bytes)
    const [first = ''] = urls
    const token = await ann.ask('GET', `/media/${mediaId}`)
    expect(token.redirected).toBe(true)
    expect(token.url.startsWith(first)).toBe(false)
    expect(token.headers.get('content-type')).toBe('application/octet-stream')
    expect(Buffer.from(await token.arrayBuffer()).equals(bytes)).toBe(true)

    const part = await other.get(mediaId, { range: 'bytes=5242870-5242890' })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 5242870-5242890/${bytes.length}`])
    expect(part.bytes.equals(bytes.subarray(5_242_870, 5_242_891))).toBe(true)
    expect((await eve.get(mediaId)).status).toBe(404)
    const changed = await fetch(token.url.replace(mediaId, 'A'.repeat(32)))
    expect(changed.status).toBe(403)
  })

  test('what needs no bytes is answered without the bucket, and its URL is kept by nobody', async () => {
    const [ann] = await callersOf('ann')
    const bytes = randomBytes(1_000)
    const { mediaId, hash } = await ann.upload(bytes)
    const head = await ann.ask('HEAD', `/media/${mediaId}`)
    expect([head.redirected, head.headers.get('content-length'), head.headers.get('etag')]).toEqual([
      ...[false, '1000', `"${hash}"`],
    ])
    expect((await ann.get(mediaId, { 'if-none-match': `"${hash}"` })).status).toBe(304)
    expect((await ann.get(mediaId, { range: 'bytes=1000-' })).status).toBe(416)
    const conditional = await ann.ask('GET', `/media/${mediaId}`, { range: 'bytes=0-9', 'if-range': `"${hash}"` })
    expect([conditional.redirected, conditional.status]).toEqual([false, 206])
    const redirect = await ann.ask('GET', `/media/${mediaId}`, {}, undefined, 'manual')
    expect([redirect.status, redirect.headers.get('cache-control')]).toEqual([307, 'no-store'])
    expect(new URL(redirect.headers.get('location') ?? '').searchParams.get('X-Amz-Expires')).toBe('5')
  })
})
