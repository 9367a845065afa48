import { createHash } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import type { RunningApi } from '../api/harness.ts'

export const tusHeaders = { 'tus-resumable': '1.0.0' }
const offsetType = 'application/offset+octet-stream'

/** The header of the tus extension `checksum`. */
export const checksumOf = (bytes: Uint8Array, algorithm = 'sha256') => ({
  'upload-checksum': `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}`,
})

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A server on its own port, because uploads need real connections. */
export const listening = async ({ api }: RunningApi): Promise<string> => {
  await api.listen({ port: 0, host: '127.0.0.1' })
  return `http://127.0.0.1:${(api.server.address() as AddressInfo).port}`
}

/** `fetch` keeps connections open. The server would wait for one whose last answer is just ending. */
export const closeListening = async (world: RunningApi): Promise<void> => {
  world.api.server.closeAllConnections()
  await world.close()
}

type Body = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>

/** A user's requests about files, as any HTTP client sends them. */
export const createFileCaller = (url: string, token: string) => {
  const headers = { authorization: `Bearer ${token}` }
  const ask = (
    method: string,
    path: string,
    more: Record<string, string> = {},
    body?: Body,
    redirect: RequestRedirect = 'follow',
  ) =>
    fetch(`${url}${path}`, {
      method,
      redirect,
      headers: { ...headers, ...more },
      ...(body !== undefined && { body, duplex: 'half' }),
    } as RequestInit)
  const create = async (size: number | string, more: Record<string, string> = {}) =>
    ask('POST', '/media/uploads', { ...tusHeaders, 'upload-length': String(size), ...more })
  const idOf = (answer: Response): string => (answer.headers.get('location') ?? '').split('/').at(-1) ?? ''
  return {
    ask,
    create,
    idOf,
    begin: async (size: number): Promise<string> => idOf(await create(size)),
    patch: (id: string, offset: number | string, bytes: Body, more: Record<string, string> = {}) =>
      ask(
        'PATCH',
        `/media/uploads/${id}`,
        { ...tusHeaders, 'upload-offset': String(offset), 'content-type': offsetType, ...more },
        bytes,
      ),
    head: (id: string) => ask('HEAD', `/media/uploads/${id}`, tusHeaders),
    offset: async (id: string): Promise<number> =>
      Number((await ask('HEAD', `/media/uploads/${id}`, tusHeaders)).headers.get('upload-offset')),
    remove: (id: string) => ask('DELETE', `/media/uploads/${id}`, tusHeaders),
    upload: async (bytes: Uint8Array<ArrayBuffer>) => {
      const answer = await ask('POST', '/media/upload', { 'content-type': 'application/octet-stream' }, bytes)
      return { status: answer.status, ...(await answer.json()) }
    },
    get: async (id: string, more: Record<string, string> = {}) => {
      const answer = await ask('GET', `/media/${id}`, more)
      return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
    },
    /** Sends part of a PATCH body and then cuts the connection. */
    cutPatch: (id: string, offset: number, bytes: Uint8Array, announced: number, more: Record<string, string> = {}) =>
      new Promise<void>((resolve, reject) => {
        const { hostname, port } = new URL(url)
        const socket = connect(Number(port), hostname, () => {
          const lines = [
            `PATCH /media/uploads/${id} HTTP/1.1`,
            `Host: ${hostname}`,
            `Authorization: ${headers.authorization}`,
            ...['Tus-Resumable: 1.0.0', `Content-Type: ${offsetType}`],
            ...[`Upload-Offset: ${offset}`, `Content-Length: ${announced}`],
            ...Object.entries(more).map(([name, value]) => `${name}: ${value}`),
          ]
          socket.write(`${lines.join('\r\n')}\r\n\r\n`)
          socket.write(bytes, () => setTimeout(() => socket.destroy(), 20))
        })
        socket.on('error', reject)
        socket.on('close', () => resolve())
      }),
  }
}

export type FileCaller = ReturnType<typeof createFileCaller>
