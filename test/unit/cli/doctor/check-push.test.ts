import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkPush } from '../../../../src/cli/doctor/check-push.ts'
import { loadConfig } from '../../../../src/config/config.ts'
import { readVapidKeys } from '../../../../src/identity/tokens/keys/vapid-keys.ts'

let directory: string
let fcmFile: string
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const account = {
  project_id: 'demo',
  client_email: 'sender@demo.iam.gserviceaccount.com',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
}
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backscroll-doctor-'))
  fcmFile = join(directory, 'account.json')
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const check = async (env: Readonly<Record<string, string>>, askGoogle?: (file: string) => Promise<void>) =>
  (await checkPush(loadConfig({ BACKSCROLL_DATA: directory, ...env }), askGoogle)).map(
    ({ ok, warning, line }) => `${ok ? (warning ? 'note' : 'ok') : 'WRONG'} ${line}`,
  )

test('without a service, doctor says that nobody is woken', async () => {
  expect(await check({})).toEqual(['ok no service is set, so no device is woken'])
})

describe('the key for Firebase', () => {
  const env = () => ({ BACKSCROLL_FCM_CREDENTIALS_FILE: fcmFile })

  test('that is whole is fine, and Google is asked only when that is wanted', async () => {
    await writeFile(fcmFile, JSON.stringify(account))
    expect(await check(env())).toEqual(['ok Firebase: the key of project demo is whole; doctor --online asks Google'])
    const asked: string[] = []
    expect(await check(env(), async (file) => void asked.push(file))).toEqual([
      'ok Firebase: the key of project demo is accepted by Google',
    ])
    expect(asked).toEqual([fcmFile])
  })

  test('that Google refuses is wrong', async () => {
    await writeFile(fcmFile, JSON.stringify(account))
    const refuse = () => Promise.reject(new Error('invalid_grant'))
    expect(await check(env(), refuse)).toEqual([expect.stringMatching(/^WRONG Firebase: .* brings no access token/)])
  })

  test.each([
    ['is not there', undefined, /^WRONG BACKSCROLL_FCM_CREDENTIALS_FILE: the file cannot be read/],
    ['is no JSON', 'no JSON', /^WRONG BACKSCROLL_FCM_CREDENTIALS_FILE is no key of a service account/],
    ['is of an application', JSON.stringify({ project_info: {} }), /is no key of a service account/],
    ['has a cut key', JSON.stringify({ ...account, private_key: account.private_key.slice(0, 500) }), /damaged/],
  ])('that %s is wrong, and nothing of it is repeated', async (_what, text, line) => {
    await rm(fcmFile, { force: true })
    if (text !== undefined) await writeFile(fcmFile, text)
    const [found = ''] = await check(env())
    expect(found).toMatch(line)
    expect(found).not.toContain(account.private_key.slice(30, 60))
  })
})

describe('the keys for Web Push', () => {
  const env = { BACKSCROLL_PUSH_CONTACT: 'mailto:admin@example.org' }

  test('are made by the first start, and must be a pair', async () => {
    expect(await check(env)).toEqual([expect.stringMatching(/^ok Web Push: .* the first start makes it$/)])
    const keys = await readVapidKeys(join(directory, 'keys'))
    expect(await check(env)).toEqual(['ok Web Push: the keys are a pair'])
    const other = await readVapidKeys(join(directory, 'other'))
    const mixed = { publicKey: keys.publicKey, privateKey: other.privateKey }
    await writeFile(join(directory, 'keys', 'vapid.json'), JSON.stringify(mixed))
    expect(await check(env)).toEqual([expect.stringMatching(/^WRONG Web Push: .* holds no pair of keys/)])
  })
})

test('a webhook without encryption is worth a note, but on the same machine', async () => {
  const at = (url: string) =>
    check({ BACKSCROLL_PUSH_WEBHOOK_URL: url, BACKSCROLL_PUSH_WEBHOOK_SECRET: 'sixteen characters' })
  expect(await at('https://push.example.org/wake')).toEqual(['ok Webhook: its address and its secret are set'])
  expect(await at('http://127.0.0.1:9/wake')).toEqual(['ok Webhook: its address and its secret are set'])
  expect(await at('http://push.example.org/wake')).toEqual([expect.stringMatching(/^note Webhook: .*: use https$/)])
})
