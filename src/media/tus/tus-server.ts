import { AsyncLocalStorage } from 'node:async_hooks'
import { uploadLifeMs } from '../media-settings.ts'
import type { UploadLocks } from '../upload-locks.ts'
import type { Uploads } from '../uploads.ts'
import { type ChecksumCheck, checkOf } from './checksums.ts'

export interface TusDeps {
  readonly uploads: Uploads
  readonly locks: UploadLocks
  readonly maxBytes: number
  readonly newId: () => string
}

/** Milliseconds that a request may continue while another one waits. */
const lockDrainTimeout = 1_000

export const tusExtensions = ['creation', 'creation-with-upload', 'expiration', 'termination', 'checksum']

/** What the store of the library has to know of the request that it serves. */
interface Serving {
  readonly check: ChecksumCheck | undefined
  /** Set while the request holds the lock of its upload. Aborted when the request has to stop. */
  stopping: AbortSignal | undefined
}

const servings = new AsyncLocalStorage<Serving>()

const servingOf = ({ headers }: Request): Serving => {
  const announced = headers.get('upload-checksum')
  const serving: Serving = {
    check: announced === null ? undefined : checkOf(announced, () => serving.stopping?.aborted === true),
    stopping: undefined,
  }
  return serving
}

/** Adapts uploads to the store interface of `@tus/server`. */
const createStore = ({ DataStore, Upload }: typeof import('@tus/server'), uploads: Uploads) => {
  const store = new DataStore()
  store.extensions = tusExtensions
  store.getExpiration = () => uploadLifeMs
  store.getUpload = async (id) => {
    const { size, received, createdAt } = await uploads.finishIfWhole(await uploads.find(id))
    return new Upload({ id, size, offset: received, creation_date: new Date(createdAt).toISOString() })
  }
  store.write = async (stream, id) =>
    (await uploads.append(await uploads.find(id), stream, servings.getStore()?.check)).received
  store.remove = async (id) => uploads.discard(await uploads.find(id))
  return store
}

const lockerOf = ({ lock }: UploadLocks) => ({
  newLock: (id: string) => {
    let unlock: () => Promise<void> = async () => {}
    return {
      lock: async (signal: AbortSignal, cancel: () => unknown): Promise<void> => {
        const serving = servings.getStore()
        if (serving !== undefined) serving.stopping = signal
        unlock = await lock(id, () => void cancel(), signal)
      },
      unlock: () => unlock(),
    }
  },
})

/**
 * The protocol tus 1.0 over our uploads. `userOf` returns the user of a request. `onFailure` receives the original
 * cause of a failure. The library is loaded at the first upload.
 */
export const loadTusServer = async (
  { uploads, locks, maxBytes, newId }: TusDeps,
  userOf: (request: Request) => string,
  onFailure: (request: Request, failure: unknown) => void,
) => {
  const tus = await import('@tus/server')
  const server = new tus.Server({
    path: '/media/uploads',
    datastore: createStore(tus, uploads),
    maxSize: maxBytes,
    lockDrainTimeout,
    locker: lockerOf(locks),
    namingFunction: newId,
    // Relative to the requested path, so that a prefix added by a proxy is kept.
    generateUrl: (_request, { id }) => `uploads/${id}`,
    onIncomingRequest: async (request, id) => {
      if (request.method !== 'POST') await uploads.requireOwn(userOf(request), id)
    },
    // Names and types of files belong in the encrypted message, so metadata from the client is not kept.
    onUploadCreate: async (request, upload) => {
      await uploads.begin(userOf(request), upload.size ?? 0, upload.id)
      return { metadata: {} }
    },
    onResponseError: (request, failure) => {
      onFailure(request, failure)
      return undefined
    },
  })
  return (request: Request): Promise<Response> => servings.run(servingOf(request), () => server.handleWeb(request))
}

export type TusServer = Awaited<ReturnType<typeof loadTusServer>>
