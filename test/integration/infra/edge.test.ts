import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { groupBodyBytes } from '@backscroll/protocol/rest/groups'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { freePort } from '../../../bench/process/free-port.ts'

const hasNginx = spawnSync('nginx', ['-v']).status === 0

/** Answers with its name and what it was asked; echoes on WebSockets. */
const startBackend = async (name: string) => {
  const server: Server = createServer(async (request, response) => {
    let bytes = 0
    for await (const chunk of request) bytes += chunk.length
    const { host, upgrade, 'x-forwarded-for': from } = request.headers
    response.end(JSON.stringify({ name, url: request.url, host, from, bytes, upgrade }))
  })
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('message', (data) => socket.send(`${name}: ${data}`))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 }
}

type Backend = Awaited<ReturnType<typeof startBackend>>

/** The file of the cluster, with addresses of this machine in place of the names that Docker knows. */
const configure = async (directory: string, port: number, api: Backend, gateway: Backend): Promise<string> => {
  const text = await readFile(new URL('../../../infra/edge/nginx.conf', import.meta.url), 'utf8')
  const local = text
    .replaceAll('/tmp/', `${directory}/`)
    .replace('listen 8080', `listen 127.0.0.1:${port}`)
    .replace('http://api:8080', `http://127.0.0.1:${api.port}`)
    .replace('http://gateway:8080', `http://127.0.0.1:${gateway.port}`)
  const file = join(directory, 'nginx.conf')
  await writeFile(file, `daemon off;\n${local}`)
  return file
}

const untilItListens = async (nginx: ChildProcess, port: number): Promise<void> => {
  while (nginx.exitCode === null) {
    const socket = connect(port, '127.0.0.1')
    const opened = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (opened) return
    await sleep(20)
  }
  throw new Error(`nginx ended with ${nginx.exitCode}`)
}

describe.skipIf(!hasNginx)('the edge of the cluster (needs nginx)', () => {
  let directory: string
  let url: string
  let backends: readonly Backend[]
  let nginx: ChildProcess
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'backscroll-edge-'))
    // Started by root, it works as another user.
    await chmod(directory, 0o755)
    const [api, gateway, port] = await Promise.all([startBackend('api'), startBackend('gateway'), freePort()])
    backends = [api, gateway]
    nginx = spawn('nginx', ['-p', directory, '-c', await configure(directory, port, api, gateway)], {
      stdio: 'inherit',
    })
    await untilItListens(nginx, port)
    url = `http://127.0.0.1:${port}`
  })
  afterAll(async () => {
    nginx.kill('SIGTERM')
    await once(nginx, 'exit')
    for (const { server } of backends) server.close()
    await rm(directory, { recursive: true })
  })

  const ask = async (path: string, init: RequestInit = {}) => (await fetch(`${url}${path}`, init)).json()

  it('passes requests on to the API as they are', async () => {
    const host = new URL(url).host
    const path = '/conversations?limit=2&cursor=a%2Fb'
    expect(await ask(path)).toMatchObject({ name: 'api', url: path, host })
    expect(await ask('/readyz')).toMatchObject({ name: 'api' })
    expect(await ask('/docs/ws')).toMatchObject({ name: 'api' })
  })

  it('passes WebSockets on to a gateway, both ways', async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`)
    await once(socket, 'open')
    socket.send('hello')
    const [answer] = await once(socket, 'message')
    expect(`${answer}`).toBe('gateway: hello')
    socket.terminate()
  })

  it('P7: passes no upgrade on but that of /ws', async () => {
    const asked = request(`${url}/me`, { headers: { connection: 'Upgrade', upgrade: 'websocket' } }).end()
    const [answer] = await once(asked, 'response')
    expect(await json(answer)).toEqual(expect.not.objectContaining({ upgrade: expect.anything() }))
  })

  it('takes the largest commit of a group', async () => {
    const body = Buffer.alloc(groupBodyBytes)
    expect(await ask('/conversations/a/commits', { method: 'POST', body })).toMatchObject({ bytes: groupBodyBytes })
  })

  it('says who asks, whatever the request says', async () => {
    expect(await ask('/me')).toMatchObject({ from: '127.0.0.1' })
    const forged = { headers: { 'X-Forwarded-For': '203.0.113.7' } }
    expect(await ask('/me', forged)).toMatchObject({ from: '127.0.0.1' })
  })

  it('shows nobody the metrics', async () => {
    expect((await fetch(`${url}/metrics`)).status).toBe(404)
  })
})
