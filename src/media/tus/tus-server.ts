import { uploadLifeMs } from '../media-settings.ts'
import type { UploadLocks } from '../upload-locks.ts'
import type { Uploads } from '../uploads.ts'

export interface TusDeps {
  readonly uploads: Uploads
  readonly locks: UploadLocks
  readonly maxBytes: number
  readonly newId: () => string
}

/** Milliseconds that a request may continue while another one waits. */
const lockDrainTimeout = 1_000

export const tusExtensions = ['creation', 'creation-with-upload', 'expiration', 'termination']

/** Adapts uploads to the store interface of `@tus/server`. */
const createStore = ({ DataStore, Upload }: typeof import('@tus/server'), uploads: Uploads) => {
  const store = new DataStore()
  store.extensions = tusExtensions
  store.getExpiration = () => uploadLifeMs
  store.getUpload = async (id) => {
    const { size, received, createdAt } = await uploads.finishIfWhole(await uploads.find(id))
    return new Upload({ id, size, offset: received, creation_date: new Date(createdAt).toISOString() })
  }
  store.write = async (stream, id) => (await uploads.append(await uploads.find(id), stream)).received
  store.remove = async (id) => uploads.discard(await uploads.find(id))
  return store
}

const lockerOf = ({ lock }: UploadLocks) => ({
  newLock: (id: string) => {
    let unlock: () => Promise<void> = async () => {}
    return {
      lock: async (signal: AbortSignal, cancel: () => unknown): Promise<void> => {
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
  return new tus.Server({
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
}

export type TusServer = Awaited<ReturnType<typeof loadTusServer>>
