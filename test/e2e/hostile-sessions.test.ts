import { randomUUID } from 'node:crypto'
import { errorKinds } from '@backscroll/protocol/errors'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { encodeCheckpoint } from '../../src/event-log/checkpoint.ts'
import { participate, startGroup } from '../support/server/conversation.ts'
import { expectProblem, useHostileWorld } from '../support/server/hostile-world.ts'
import { logEpoch, logHead } from '../support/server/log.ts'
import { request, restOf } from '../support/server/rest.ts'
import { openSocket } from '../support/server/socket.ts'

const world = useHostileWorld()
const connect = { type: 'connect', deviceId: 'phone', client: { name: 'x', version: '1', platform: 'y' } }

describe('hostile sessions', () => {
  it('[T2] a token that is expired, forged, unsigned, of another issuer, audience or key opens nothing', async () => {
    const head = logHead(world().server.directory)
    for (const [what, token] of await badTokens()) {
      const answer = await request(`${world().server.url}/inbox`, { headers: { authorization: `Bearer ${token}` } })
      expectProblem(answer, what)
      expect(answer.status, what).toBe(401)
      await expect(openSocket(world().server.socketUrl, token), what).rejects.toThrow('HTTP 401')
      const socket = await openSocket(world().server.socketUrl, await world().tokens('mallory'))
      await socket.connect()
      const renewed = await socket.ask({ type: 'reauth', token })
      expect(renewed?.type === 'error' && errorKinds[renewed.code].status, what).toBe(401)
      socket.drop()
    }
    await world().expectUnharmed(head)
  }, 60_000)

  it('[C1] frames out of order are refused by name', async () => {
    const socket = await openSocket(world().server.socketUrl, await world().tokens('mallory'))
    const code = async (frame: object) => {
      const answer = await socket.ask(frame)
      return answer?.type === 'error' ? answer.code : answer?.type
    }
    expect(await code({ type: 'sync', since: 'x' })).toBe('not_connected')
    expect(await code({ ...connect, deviceId: 'another' })).toBe('invalid')
    expect(await code(connect)).toBe('reply')
    expect(await code(connect)).toBe('already_connected')
    expect(await code({ type: 'no_such_frame' })).toBe('unknown_type')
    socket.drop()
  })

  it('[M3] [M5] broken chains and watermarks beyond the end are refused, and store nothing', async () => {
    const { conversationId, group } = world().own
    const chain = participate(world().mallory, world().own, 1)
    await chain.send('the only one')
    const head = logHead(world().server.directory)
    const message = (clientSeq: number, afterClientSeq: number) => ({
      ...{ conversationId, messageId: randomUUID(), ciphertext: group.message(), clientSeq, afterClientSeq },
    })
    const send = async (clientSeq: number, afterClientSeq: number) =>
      (await world().mallory('POST', '/messages', message(clientSeq, afterClientSeq))).json
    expect(await send(9, 8)).toMatchObject({ code: 'client_seq_gap', details: { last: 2 } })
    expect(await send(3, 1)).toMatchObject({ code: 'client_seq_gap', details: { last: 2 } })
    expect(await send(2, 1)).toMatchObject({ code: 'client_seq_conflict', details: { last: 2 } })
    expect(await send(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1)).toMatchObject({ code: 'client_seq_gap' })
    const beyond = await world().mallory('POST', `/conversations/${conversationId}/ack`, { upToSeq: 2, status: 'read' })
    expect(beyond.json).toMatchObject({ code: 'beyond_last_seq', details: { last: 1 } })
    await world().expectUnharmed(head)
  })

  it('[C3] [R1] checkpoints and cursors of another epoch, beyond the end, of another user or made up lead nowhere', async () => {
    const head = logHead(world().server.directory)
    const epoch = logEpoch(world().server.directory)
    const bad = [
      'x',
      '',
      '{}',
      encodeCheckpoint(randomUUID(), [1n]),
      encodeCheckpoint(epoch, [10n ** 9n]),
      `${encodeCheckpoint(epoch, [1n])}=`,
      'A'.repeat(512),
    ]
    for (const since of bad) {
      const answer = await world().mallory('GET', `/sync?since=${encodeURIComponent(since)}`)
      expectProblem(answer, since)
      const socket = await openSocket(world().server.socketUrl, await world().tokens('mallory'))
      const connected = await socket.connect(since)
      expect(connected?.type === 'reply' && connected.result, since).toMatchObject({ recovered: false })
      const synced = await socket.ask({ type: 'sync', since })
      expect(synced?.type === 'error' && synced.code, since).toBe('snapshot_required')
      expect(socket.ofType('events')).toEqual([])
      socket.drop()
    }
    await startGroup(world().mallory, ['bob'])
    const { json } = await world().mallory('GET', `/inbox?limit=1&atLeast=${logHead(world().server.directory)}`)
    expect(json.cursor).toBeTypeOf('string')
    const other = await restOf(world().server.url, world().tokens, 'bob')
    for (const [user, path] of [
      [other, '/inbox'],
      [world().mallory, '/sync/snapshot'],
      [world().mallory, `/conversations/${world().own.conversationId}/members`],
    ] as const)
      expect((await user('GET', `${path}?cursor=${encodeURIComponent(json.cursor)}`)).json.code, path).toBe(
        'bad_cursor',
      )
    expect(logHead(world().server.directory)).toBe(head + 2)
  })
})

const badTokens = async (): Promise<readonly (readonly [string, string])[]> => {
  const good = await world().tokens('mallory')
  const [header = '', payload = '', signature = ''] = good.split('.')
  const json = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString())
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true })
  const forge = (fields: object, protectedHeader: object = {}) =>
    new SignJWT({ ...claims, ...fields }).setProtectedHeader({ alg: 'EdDSA', kid, ...protectedHeader }).sign(privateKey)
  return [
    ['expired', await world().tokens('mallory', 'phone', -100)],
    ['another user in a signed token', `${header}.${json({ ...claims, sub: 'alice' })}.${signature}`],
    ['no signature', `${header}.${payload}.`],
    ['alg none', `${json({ alg: 'none', kid })}.${payload}.`],
    ['alg HS256 with the public key', `${json({ alg: 'HS256', kid })}.${payload}.${signature}`],
    ['another key under our kid', await forge({})],
    ['its own key along', await forge({}, { jwk: await exportJWK(publicKey) })],
    ['a kid that is a path', await forge({}, { kid: '../../private.jwk.json' })],
    ['truncated', good.slice(0, -10)],
    ['not a token', 'abc'],
    ['dots', '..'],
    ['long', `${'a'.repeat(7000)}.b.c`],
  ]
}
