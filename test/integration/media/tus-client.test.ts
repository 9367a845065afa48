import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { type HttpRequest, Upload, type UploadOptions } from 'tus-js-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signingOf } from '../../support/accounts/chained-devices.ts'
import { signProof } from '../../support/accounts/device-proof.ts'
import { personWithDevices } from '../../support/accounts/person-with-devices.ts'
import { type RunningApi, startApi } from '../../support/api/harness.ts'
import { closeListening, createFileCaller, listening } from '../../support/media/uploads.ts'

let world: RunningApi
let url: string
beforeAll(async () => {
  world = await startApi()
  url = await listening(world)
})
afterAll(() => closeListening(world))

/** The public client with no more than its options, as an application uses it. */
const upload = (bytes: Buffer, options: Partial<UploadOptions>, stopAt = Number.POSITIVE_INFINITY) =>
  new Promise<Upload>((resolve, reject) => {
    const one = new Upload(bytes, {
      endpoint: `${url}/media/uploads`,
      retryDelays: [0, 50, 200],
      metadata: { filename: 'holiday.jpg', filetype: 'image/jpeg' },
      onError: reject,
      onSuccess: () => resolve(one),
      onChunkComplete: (_size, accepted) => {
        if (accepted >= stopAt) void one.abort().then(() => resolve(one))
      },
      ...options,
    })
    one.start()
  })

const idOf = ({ url: at }: Pick<Upload, 'url'>): string => (at ?? '').split('/').at(-1) ?? ''

test('tus-js-client uploads in one piece and in chunks', async () => {
  const token = await world.tokenFor('tim')
  const headers = { authorization: `Bearer ${token}` }
  const bytes = randomBytes(1_000_000)
  for (const chunkSize of [Number.POSITIVE_INFINITY, 300_000]) {
    const done = await upload(bytes, { headers, chunkSize })
    expect((await createFileCaller(url, token).get(idOf(done))).bytes.equals(bytes)).toBe(true)
  }
})

test('tus-js-client sends the first bytes with the creation', async () => {
  const token = await world.tokenFor('tim')
  const bytes = randomBytes(50_000)
  const done = await upload(bytes, { headers: { authorization: `Bearer ${token}` }, uploadDataDuringCreation: true })
  expect((await createFileCaller(url, token).get(idOf(done))).bytes.equals(bytes)).toBe(true)
})

test('tus-js-client resumes an aborted upload, and terminates one', async () => {
  const token = await world.tokenFor('tim')
  const headers = { authorization: `Bearer ${token}` }
  const bytes = randomBytes(500_000)
  const begun = await upload(bytes, { headers, chunkSize: 100_000 }, 200_000)
  expect(await createFileCaller(url, token).offset(idOf(begun))).toBeGreaterThanOrEqual(200_000)
  const done = await upload(bytes, { headers, uploadUrl: begun.url })
  expect(idOf(done)).toBe(idOf(begun))
  expect((await createFileCaller(url, token).get(idOf(done))).bytes.equals(bytes)).toBe(true)

  const other = await upload(bytes, { headers, chunkSize: 100_000 }, 100_000)
  await Upload.terminate(other.url ?? '', { headers })
  expect((await createFileCaller(url, token).head(idOf(other))).status).toBe(404)
})

test('tus-js-client sends DPoP proofs through onBeforeRequest', async () => {
  const person = await personWithDevices(world)
  const token = await world.tokenFor(person.userId, person.phone.credential.deviceId)
  const device = signingOf(person.phone)
  let nonce: string | undefined
  const prove = async (request: HttpRequest): Promise<void> => {
    const about = { method: request.getMethod(), url: request.getURL(), token, nonce }
    request.setHeader('DPoP', await signProof(device, about))
  }
  const bytes = randomBytes(700_000)
  const done = await upload(bytes, {
    chunkSize: 200_000,
    headers: { authorization: `Bearer ${token}` },
    onBeforeRequest: prove,
    onAfterResponse: (_request, response) => {
      nonce = response.getHeader('DPoP-Nonce') ?? nonce
    },
    // A nonce lasts five minutes. The answer that refuses an old nonce contains the next one.
    onShouldRetry: (error) => error.originalResponse?.getStatus() === 401,
  })
  expect(done.url).toContain('/media/uploads/')
  expect(idOf(done)).toHaveLength(32)
})

test('a stream of unknown length needs an explicit size', async () => {
  const token = await world.tokenFor('tim')
  const failed = new Promise((resolve) => {
    new Upload(Readable.from([randomBytes(100)]), {
      endpoint: `${url}/media/uploads`,
      headers: { authorization: `Bearer ${token}` },
      uploadLengthDeferred: true,
      chunkSize: 100,
      retryDelays: [],
      onError: (error) => resolve('originalResponse' in error && error.originalResponse?.getStatus()),
      onSuccess: () => resolve('accepted'),
    }).start()
  })
  expect(await failed).toBe(400)
})
