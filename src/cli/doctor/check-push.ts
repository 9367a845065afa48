import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Config } from '../../config/config.ts'
import { keyFiles } from '../../identity/tokens/keys/local-keys.ts'
import { isVapidPair } from '../../identity/tokens/keys/vapid-keys.ts'
import { type Finding, fine, warning, wrong } from './check.ts'

/** Asks Google for an access token with the key in this file. Rejects if Google refuses or does not answer. */
export type AskGoogle = (file: string) => Promise<void>

const serviceAccount = z.object({ project_id: z.string(), client_email: z.string(), private_key: z.string() })

const setting = 'BACKSCROLL_FCM_CREDENTIALS_FILE'
const anotherKey = "make a new key of the service account in Firebase's console"

const textOf = (file: string): Promise<string | undefined> => readFile(file, 'utf8').catch(() => undefined)

const parsedAccount = (text: string) => {
  try {
    return serviceAccount.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

const isPrivateKey = (text: string): boolean => {
  try {
    return createPrivateKey(text).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}

/** Nothing of the file is repeated but the project: the rest is secret, or personal. */
const checkFirebase = async (file: string, askGoogle: AskGoogle | undefined): Promise<Finding> => {
  const text = await textOf(file)
  if (text === undefined)
    return wrong('push', `${setting}: the file cannot be read: check the path and who may read it`)
  const account = parsedAccount(text)
  if (account === undefined) return wrong('push', `${setting} is no key of a service account: ${anotherKey}`)
  if (!isPrivateKey(account.private_key)) return wrong('push', `${setting} has a damaged private key: ${anotherKey}`)
  const named = `Firebase: the key of project ${account.project_id}`
  if (askGoogle === undefined) return fine('push', `${named} is whole; doctor --online asks Google`)
  try {
    await askGoogle(file)
    return fine('push', `${named} is accepted by Google`)
  } catch {
    const mend = `check the connection to the internet, or ${anotherKey}`
    return wrong('push', `${named} brings no access token from Google: ${mend}`)
  }
}

const subscribeAgain = 'restore it from a backup, because browsers have subscribed for this key'

const checkBrowsers = async (dataDirectory: string): Promise<Finding> => {
  const { vapid } = keyFiles(join(dataDirectory, 'keys'))
  const text = await textOf(vapid)
  if (text === undefined)
    return fine('push', `Web Push: ${vapid} is not there or cannot be read; the first start makes it`)
  return isVapidPair(text)
    ? fine('push', 'Web Push: the keys are a pair')
    : wrong('push', `Web Push: ${vapid} holds no pair of keys: ${subscribeAgain}`)
}

const isEncrypted = (url: string): boolean => {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

const checkWebhook = (url: string): Finding =>
  isEncrypted(url)
    ? fine('push', 'Webhook: its address and its secret are set')
    : warning('push', 'Webhook: BACKSCROLL_PUSH_WEBHOOK_URL sends user ids unencrypted: use https')

/** The credentials of the services that wake devices. Wakes nobody. Google is asked only with `askGoogle`. */
export const checkPush = async (
  { push, dataDirectory }: Pick<Config, 'push' | 'dataDirectory'>,
  askGoogle?: AskGoogle,
): Promise<readonly Finding[]> => {
  const { fcmFile, contact, webhook } = push
  const found = [
    ...(fcmFile === undefined ? [] : [await checkFirebase(fcmFile, askGoogle)]),
    ...(contact === undefined ? [] : [await checkBrowsers(dataDirectory)]),
    ...(webhook === undefined ? [] : [checkWebhook(webhook.url)]),
  ]
  return found.length > 0 ? found : [fine('push', 'no service is set, so no device is woken')]
}
