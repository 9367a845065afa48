import { BackscrollError } from '../errors/backscroll-error.ts'
import type { RawRest } from '../rest/rest-client.ts'

const version = { 'tus-resumable': '1.0.0' }
const offsetType = 'application/offset+octet-stream'

const pathOf = (id: string): string => `/media/uploads/${encodeURIComponent(id)}`

/** The requests of the upload protocol, tus 1.0. */
export interface TusRequests {
  /** Creates an upload of `size` bytes and returns its id. */
  begin(size: number): Promise<string>
  /** How many bytes have arrived. */
  offsetOf(id: string, signal?: AbortSignal): Promise<number>
  send(id: string, offset: number, bytes: Uint8Array, signal?: AbortSignal): Promise<void>
  /** If this request fails, the server removes the upload after a day. */
  discard(id: string): Promise<void>
}

const cancelling = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal })

export const createTusRequests = ({ raw }: RawRest): TusRequests => ({
  begin: async (size) => {
    const headers = { ...version, 'upload-length': String(size) }
    const answer = await raw({ method: 'POST', path: '/media/uploads', headers })
    const id = (answer.headers.get('location') ?? '').split('/').at(-1) ?? ''
    if (id === '') throw new BackscrollError('internal', { message: 'The answer names no upload' })
    return id
  },
  offsetOf: async (id, signal) => {
    const { headers } = await raw({ method: 'HEAD', path: pathOf(id), headers: version, ...cancelling(signal) })
    const offset = Number(headers.get('upload-offset') ?? Number.NaN)
    if (Number.isSafeInteger(offset) && offset >= 0) return offset
    throw new BackscrollError('internal', { message: 'The answer has no offset' })
  },
  send: async (id, offset, bytes, signal) => {
    const headers = { ...version, 'content-type': offsetType, 'upload-offset': String(offset) }
    await raw({ method: 'PATCH', path: pathOf(id), headers, bytes, ...cancelling(signal) })
  },
  discard: (id) =>
    raw({ method: 'DELETE', path: pathOf(id), headers: version }).then(
      () => {},
      () => {},
    ),
})
