import { chmod, mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { SignIn, SignInStore } from '@backscroll/client'
import { z } from 'zod'
import { readIfThere, replaceFile } from '../../identity/tokens/keys/key-files.ts'

const signIn: z.ZodType<SignIn> = z.object({
  userId: z.string(),
  deviceId: z.string(),
  accessToken: z.string(),
  expiresAt: z.number(),
  refreshToken: z.string(),
  isEnding: z.literal(true).exactOptional(),
})
/**
 * Without a sign-in: the device that this machine was, and will be again. Entries of an older version count as
 * none.
 */
const entry = z
  .union([signIn, z.object({ deviceId: z.string() })])
  .optional()
  .catch(undefined)
const schema = z.record(z.string(), entry)

const fileOf = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'backscroll', 'credentials.json')

/**
 * Sign-ins by server, in a file that its owner alone may read. Secrets: never print any but the access token, and
 * that only on request.
 */
export const createCredentials = (env: NodeJS.ProcessEnv) => {
  const file = fileOf(env)
  const all = async () => schema.parse(JSON.parse((await readIfThere(file)) ?? '{}'))
  const deviceOf = async (server: string): Promise<string | undefined> => (await all())[server]?.deviceId
  return {
    file,
    deviceOf,
    of: (server: string): SignInStore => ({
      load: async () => signIn.safeParse((await all())[server]).data,
      save: async (stored) => {
        const deviceId = await deviceOf(server)
        const kept = stored ?? (deviceId === undefined ? undefined : { deviceId })
        await mkdir(dirname(file), { recursive: true, mode: 0o700 })
        await replaceFile(file, JSON.stringify({ ...(await all()), [server]: kept }, null, 2))
        await chmod(file, 0o600)
      },
    }),
  }
}
