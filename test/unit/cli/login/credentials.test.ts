import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createCredentials } from '../../../../src/cli/login/credentials.ts'

it('a sign-out that was cut off is still one for the next command', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'credentials-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const store = () => createCredentials({ XDG_CONFIG_HOME: directory }).of('https://chat.example.org')
  const signIn = { userId: 'ann', deviceId: 'cli', accessToken: 'a', expiresAt: 1, refreshToken: 'r' }
  await store().save(signIn)
  expect(await store().load()).toEqual(signIn)
  await store().save({ ...signIn, isEnding: true })
  expect(await store().load()).toEqual({ ...signIn, isEnding: true })
})
