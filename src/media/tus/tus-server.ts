import { uploadLifeMs } from '../media-settings.ts'
import type { UploadLocks } from '../upload-locks.ts'
import type { Uploads } from '../uploads.ts'

export interface TusDeps {
  readonly uploads: Uploads
  readonly locks: UploadLocks
  readonly maxBytes: number
  readonly newId: () => string
}

/** How long a request that others wait behind may go on. */
const lockDrainTimeout = 1_000

export const tusExtensions = ['creation', 'creation-with-upload', 'expiration', 'termination']

/** Uploads as `@tus/server` wants to see a store. */
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
 * The protocol tus 1.0 over our uploads. `userOf`: whose request it is; `onFailure` hears what a request really failed of.
 * The library is loaded with the first upload.
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
    // Relative to the path that was asked for: whatever a proxy has put before it stays.
    generateUrl: (_request, { id }) => `uploads/${id}`,
    onIncomingRequest: async (request, id) => {
      if (request.method !== 'POST') await uploads.requireOwn(userOf(request), id)
    },
    // Names and types of files belong into the sealed message: what a client says of them here is not kept.
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
