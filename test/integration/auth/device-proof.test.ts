import { afterAll, beforeAll, expect, test } from 'vitest'
import { createKeyPair, createTestDevice, recordOf, type TestDevice } from '../../support/accounts/device-keys.ts'
import { signProof } from '../../support/accounts/device-proof.ts'
import { openServer, type ServerProcess } from '../../support/server/process.ts'
import { callerOf } from '../../support/server/rest.ts'
import { openSocket } from '../../support/server/socket.ts'
import { openTokens, type Tokens } from '../../support/server/tokens.ts'

let server: ServerProcess
let tokens: Tokens
beforeAll(async () => {
  server = await openServer({
    documented: true,
    env: { BACKSCROLL_SOCKETS_PER_USER: '4', BACKSCROLL_FRAMES_PER_SECOND: '1', BACKSCROLL_FRAME_BURST: '100' },
  })
  await server.start()
  tokens = await openTokens(server.directory)
})
afterAll(() => server.discard())

const blob = (byte: number) => Buffer.alloc(200, byte).toString('base64')

/** Somebody with a registered device, its socket, and a recovery blob. The attacker gets tokens for the same device: that is what a password buys. */
const victimOf = async (userId: string) => {
  const device = createTestDevice(userId, 'phone')
  const call = callerOf(server.url, await tokens(userId, 'phone'), device)
  expect((await call('POST', '/devices', device.registration)).status).toBe(200)
  expect((await call('PUT', '/me/recovery', recordOf(device, blob(1)))).status).toBe(200)
  const socket = await openSocket(server.socketUrl, await tokens(userId, 'phone'), 'phone', device)
  expect((await socket.connect())?.type).toBe('reply')
  const stillOurs = async () => {
    expect((await call('GET', '/me/recovery')).json.blob).toBe(blob(1))
    expect((await call('GET', '/devices')).json.devices).toHaveLength(1)
    expect((await socket.ask({ type: 'sync', since: 'x' }))?.type).toBe('error')
    socket.drop()
  }
  return { device, call, socket, stillOurs }
}

const thief = (userId: string): TestDevice => createTestDevice(userId, 'phone', createKeyPair())

test('a token that names the device of another is of no use over REST, with no proof and with a foreign one', async () => {
  const victim = await victimOf('vera')
  for (const keys of [undefined, thief('vera')]) {
    const steal = callerOf(server.url, await tokens('vera', 'phone'), keys)
    const reason = keys === undefined ? 'missing' : 'key'
    for (const [method, path, body] of [
      ['GET', '/inbox', undefined],
      ['GET', '/sync/snapshot', undefined],
      ['GET', '/devices', undefined],
      ['GET', '/me/recovery', undefined],
      ['PUT', '/me/recovery', recordOf(thief('vera'), blob(2))],
      ['POST', '/devices', thief('vera').registration],
      ['DELETE', '/devices/phone', undefined],
      ['POST', '/me/erasure', {}],
    ] as const) {
      const { status, json } = await steal(method, path, body)
      expect([status, json.code, json.details?.reason], `${method} ${path}`).toEqual([
        401,
        'invalid_dpop_proof',
        reason,
      ])
    }
  }
  await victim.stillOurs()
})

test('it replaces no socket and hears nothing [C1][T5]', async () => {
  const victim = await victimOf('viola')
  for (const keys of [undefined, thief('viola')]) {
    const socket = await openSocket(server.socketUrl, await tokens('viola', 'phone'), 'phone', keys)
    expect(await socket.connect()).toMatchObject({ type: 'error', code: 'invalid_dpop_proof' })
    expect(await socket.ask({ type: 'sync', since: 'x' })).toMatchObject({ code: 'not_connected' })
    for (let attempt = 0; attempt < 4; attempt += 1) await socket.connect()
    expect(await socket.closed()).toBe(4500)
  }
  await victim.stillOurs()
})

test('it takes no place among the sockets of the user, however many it opens', async () => {
  const victim = await victimOf('vilma')
  const token = await tokens('vilma', 'phone')
  const stolen = await Promise.all(Array.from({ length: 8 }, () => openSocket(server.socketUrl, token, 'phone')))
  const own = await openSocket(server.socketUrl, token, 'phone', victim.device)
  expect(await own.connect()).toMatchObject({ type: 'reply' })
  for (const one of [...stolen, own, victim.socket]) one.drop()
})

test('it uses up none of the frames of the user, however many it sends', async () => {
  const victim = await victimOf('viveka')
  const token = await tokens('viveka', 'phone')
  const stolen = await Promise.all(Array.from({ length: 4 }, () => openSocket(server.socketUrl, token, 'phone')))
  for (const one of stolen)
    for (let n = 0; n < 50; n += 1)
      expect(await one.ask({ type: 'sync', since: 'x' })).toMatchObject({ code: 'not_connected' })
  for (let n = 0; n < 50; n += 1)
    expect(await victim.socket.ask({ type: 'sync', since: 'x' })).toMatchObject({ code: 'snapshot_required' })
  for (const one of stolen) one.drop()
  await victim.stillOurs()
})

test('a proof that was overheard opens no second connection and repeats no request', async () => {
  const victim = await victimOf('vesna')
  const token = await tokens('vesna', 'phone')
  const socket = await openSocket(server.socketUrl, token, 'phone')
  const other = await openSocket(server.socketUrl, token, 'phone')
  const challenge = await other.until(() => other.ofType('challenge')[0]?.challenge, 'the challenge')
  const overheard = { token, method: 'GET', url: `${server.url}/ws`, nonce: challenge }
  const proof = await signProof(victim.device, overheard)
  const client = { name: 't', version: '1', platform: 'node' }
  const refused = await socket.ask({ type: 'connect', deviceId: 'phone', client, proof })
  expect(refused).toMatchObject({ code: 'invalid_dpop_proof', details: { reason: 'challenge' } })
  for (const one of [socket, other]) one.drop()

  const { nonce } = await victim.call('GET', '/inbox')
  const dpop = await signProof(victim.device, { token, method: 'GET', url: `${server.url}/inbox`, nonce })
  const ask = (path: string, bearer = token) =>
    fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${bearer}`, dpop } })
  expect((await ask('/sync/snapshot')).status).toBe(401)
  expect((await ask('/inbox', await tokens('vesna', 'phone', 1800))).status).toBe(401)
  expect([(await ask('/inbox')).status, (await ask('/inbox')).status]).toEqual([200, 401])
  await victim.stillOurs()
})

test('a socket goes on with a new token only when its device says so [T2]', async () => {
  const victim = await victimOf('vivien')
  const token = await tokens('vivien', 'phone', 1800)
  expect(await victim.socket.ask({ type: 'reauth', token })).toMatchObject({ code: 'invalid_dpop_proof' })
  const challenge = victim.socket.ofType('challenge')[0]?.challenge
  const about = { token, method: 'GET', url: `${server.url}/ws`, nonce: challenge }
  const proof = await signProof(victim.device, about)
  expect((await victim.socket.ask({ type: 'reauth', token, proof }))?.type).toBe('reply')
  await victim.stillOurs()
})

test('a device registers a key that it holds', async () => {
  const device = createTestDevice('vito', 'phone')
  const call = callerOf(server.url, await tokens('vito', 'phone'), thief('vito'))
  expect((await call('POST', '/devices', device.registration)).json).toMatchObject({
    code: 'invalid_dpop_proof',
    details: { reason: 'key' },
  })
  expect((await call('GET', '/devices')).json.devices).not.toContainEqual(
    expect.objectContaining({ signatureKey: device.registration.signatureKey }),
  )
})

test('a huge header costs no more than a refusal', async () => {
  await victimOf('viktor')
  const authorization = `Bearer ${await tokens('viktor', 'phone')}`
  const answers = await Promise.all(
    ['x'.repeat(10_000), 'a.'.repeat(5_000), '\u00ff'].map((dpop) =>
      fetch(`${server.url}/inbox`, { headers: { authorization, dpop } }),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401])
})

test('a nonce of one process is accepted by the next one on the same data', async () => {
  const victim = await victimOf('vala')
  const { nonce } = await victim.call('GET', '/inbox')
  await server.stop('SIGKILL')
  await server.start()
  const token = await tokens('vala', 'phone')
  const dpop = await signProof(victim.device, { token, method: 'GET', url: `${server.url}/inbox`, nonce })
  const answer = await fetch(`${server.url}/inbox`, { headers: { authorization: `Bearer ${token}`, dpop } })
  expect(answer.status).toBe(200)
})
