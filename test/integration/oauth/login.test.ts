import { mkdtemp, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signInByDevice } from '../../../packages/client/src/sign-in/device-code-sign-in.ts'
import { createCredentials } from '../../../src/cli/login/credentials.ts'
import { accessToken, login } from '../../../src/cli/login/sign-in.ts'
import { approveDevice } from '../../support/oauth/client.ts'
import { type OAuthWorld, startOAuth } from '../../support/oauth/world.ts'

let world: OAuthWorld
let userId: string

beforeAll(async () => {
  world = await startOAuth()
  ;({ userId } = await world.register('alice'))
})
afterAll(() => world.close())

test('the command line signs in by a code, and keeps its tokens for its user alone', async () => {
  const approvals: Promise<void>[] = []
  const signedIn = await signInByDevice({
    ...{ url: world.url, clientId: 'backscroll-cli', deviceId: 'cli-1', scope: 'openid messages', interval: 0.05 },
    show: ({ urlWithCode }) => void approvals.push(approveDevice(world.url, urlWithCode, 'alice')),
  })
  await Promise.all(approvals)
  expect(signedIn).toMatchObject({ userId, deviceId: 'cli-1' })
  expect(await world.verifier.verify(signedIn.accessToken)).toMatchObject({ userId, deviceId: 'cli-1' })

  const credentials = createCredentials({ XDG_CONFIG_HOME: await mkdtemp(join(tmpdir(), 'backscroll-config-')) })
  const store = credentials.of(world.url)
  await store.save(signedIn)
  expect(await store.load()).toEqual(signedIn)
  expect(((await stat(credentials.file)).mode & 0o777).toString(8)).toBe('600')
  expect(JSON.parse(await readFile(credentials.file, 'utf8'))).toHaveProperty([world.url])
  await store.save(undefined)
  expect([await store.load(), await credentials.deviceOf(world.url)]).toEqual([undefined, 'cli-1'])
})

test('a sign-in that is over is told in a line, and forgotten', async () => {
  const env = { XDG_CONFIG_HOME: await mkdtemp(join(tmpdir(), 'backscroll-config-')) }
  const store = createCredentials(env).of(world.url)
  await store.save({ userId, deviceId: 'd', accessToken: 'a', expiresAt: 1, refreshToken: 'over' })
  await expect(accessToken({ server: world.url }, env)).rejects.toThrow('The sign-in is over: run `backscroll login`')
  await expect(accessToken({ server: world.url }, env)).rejects.toThrow('Not signed in')
})

test('a server that is not there is told in a line', async () => {
  const options = { server: 'http://127.0.0.1:9', device: 'd', scope: 'messages' }
  await expect(login(options, {})).rejects.toThrow('http://127.0.0.1:9 cannot be reached')
})
