import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'

/** A body of `size` bytes that is never in memory as a whole: the same bytes again and again. */
export const repeated = function* (chunk: Buffer, size: number): Generator<Buffer> {
  for (let left = size; left > 0; left -= chunk.length) yield left < chunk.length ? chunk.subarray(0, left) : chunk
}

const agent = new Agent({ keepAlive: true })

const answered = async (response: IncomingMessage): Promise<number> => {
  let bytes = 0
  for await (const chunk of response) bytes += (chunk as Buffer).length
  return bytes
}

type Headers = Readonly<Record<string, string>>

/** Resolves with the answer, and the number of bytes in its body. Rejects unless the status is 2xx. */
const exchange = async (method: string, url: string, headers: Headers, body: Iterable<Buffer> = []) => {
  const asked = request(url, { method, headers, agent })
  const response = once(asked, 'response') as Promise<[IncomingMessage]>
  for (const chunk of body) if (!asked.write(chunk)) await once(asked, 'drain')
  asked.end()
  const [answer] = await response
  const bytes = await answered(answer)
  const { statusCode = 0 } = answer
  if (statusCode < 200 || statusCode > 299) throw new Error(`${method} ${url} was answered ${statusCode}`)
  return { headers: answer.headers, bytes }
}

/** The requests of one user about files, over one connection, with as little work as can be. */
export const createFileRequests = (url: string, token: string) => {
  const authorization = `Bearer ${token}`
  const tus = { authorization, 'tus-resumable': '1.0.0' }

  const begin = async (size: number): Promise<string> => {
    const { headers } = await exchange('POST', `${url}/media/uploads`, { ...tus, 'upload-length': String(size) })
    return String(headers.location).split('/').at(-1) ?? ''
  }
  /** In one request after the creation. */
  const byTus = async (chunk: Buffer, size: number): Promise<string> => {
    const id = await begin(size)
    const more = { 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' }
    const headers = { ...tus, ...more, 'content-length': String(size) }
    await exchange('PATCH', `${url}/media/uploads/${id}`, headers, repeated(chunk, size))
    return id
  }
  const byPost = async (chunk: Buffer, size: number): Promise<void> => {
    const headers = { authorization, 'content-type': 'application/octet-stream', 'content-length': String(size) }
    await exchange('POST', `${url}/media/upload`, headers, repeated(chunk, size))
  }
  const download = async (id: string, size: number): Promise<void> => {
    const { bytes } = await exchange('GET', `${url}/media/${id}`, { authorization })
    if (bytes !== size) throw new Error(`${bytes} bytes came instead of ${size}`)
  }
  const remove = (id: string) => exchange('DELETE', `${url}/media/uploads/${id}`, tus)
  return { byTus, byPost, download, remove }
}
