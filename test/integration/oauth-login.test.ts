import { mkdtemp, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCredentials } from '../../src/compose/commands/credentials.ts'
import { refreshSignIn, signInByDeviceGrant } from '../../src/compose/commands/device-grant.ts'
import { openBrowser } from '../support/browser.ts'
import { type OAuthWorld, password, startOAuth } from '../support/oauth-world.ts'

let world: OAuthWorld
let userId: string

beforeAll(async () => {
  world = await startOAuth()
  ;({ userId } = await world.register('alice'))
})
afterAll(() => world.close())

const approve = async (link: string): Promise<void> => {
  const browser = openBrowser(world.url)
  const confirm = await browser.submit(await browser.get(link), {})
  const form = await browser.submit(confirm, { confirm: 'yes' })
  const consent = await browser.submit(form, { login: 'alice', password, act: 'sign-in' })
  await browser.submit(consent, { act: 'consent' })
}

test('the command line signs in by a code, keeps its tokens for its user alone, and refreshes them', async () => {
  const approvals: Promise<void>[] = []
  const signedIn = await signInByDeviceGrant({
    server: world.url,
    device: 'cli-1',
    scope: 'openid messages',
    interval: 0.05,
    show: ({ urlWithCode }) => void approvals.push(approve(urlWithCode)),
  })
  await Promise.all(approvals)
  expect(await world.verifier.verify(signedIn.accessToken)).toMatchObject({ userId, deviceId: 'cli-1' })

  const credentials = createCredentials({ XDG_CONFIG_HOME: await mkdtemp(join(tmpdir(), 'backscroll-config-')) })
  await credentials.write(world.url, signedIn)
  expect(await credentials.read(world.url)).toEqual(signedIn)
  expect(((await stat(credentials.file)).mode & 0o777).toString(8)).toBe('600')
  expect(JSON.parse(await readFile(credentials.file, 'utf8'))).toHaveProperty([world.url])

  const next = await refreshSignIn(world.url, signedIn)
  expect(await world.verifier.verify(next.accessToken)).toMatchObject({ deviceId: 'cli-1' })
  await expect(refreshSignIn(world.url, signedIn)).rejects.toThrow('backscroll login')
})

test('a server that is not there is told in a line', async () => {
  const options = { server: 'http://127.0.0.1:9', device: 'd', scope: 'messages', show: () => {} }
  await expect(signInByDeviceGrant(options)).rejects.toThrow('http://127.0.0.1:9 cannot be reached')
})
