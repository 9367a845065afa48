import { BackscrollError } from '../errors/backscroll-error.ts'
import type { FileData, FileFacts } from './file-types.ts'

const stepBytes = 1024 * 1024

export interface FileSource {
  readonly size: number
  readonly bytes: AsyncIterable<Uint8Array>
  readonly contentType: string | undefined
  readonly name: string | undefined
}

/** Read in slices, because not every browser can iterate over a stream. */
async function* slicesOf(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += stepBytes)
    yield new Uint8Array(await blob.slice(at, at + stepBytes).arrayBuffer())
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += stepBytes) yield bytes.subarray(at, at + stepBytes)
}

export const wrongSize = () =>
  new BackscrollError('invalid', { details: { field: 'size', reason: 'is not that of the bytes' } })

const sizeMissing = () =>
  new BackscrollError('invalid', { details: { field: 'size', reason: 'must be known before the first byte' } })

export const sourceOf = (data: FileData, { size, contentType, name }: FileFacts): FileSource => {
  if (data instanceof Blob) {
    const named = 'name' in data && typeof data.name === 'string' ? data.name : undefined
    const type = data.type === '' ? undefined : data.type
    return { size: data.size, bytes: slicesOf(data), contentType: contentType ?? type, name: name ?? named }
  }
  if (data instanceof Uint8Array) return { size: data.length, bytes: once(data), contentType, name }
  if (size === undefined) throw sizeMissing()
  return { size, bytes: data, contentType, name }
}
