import { chmod, mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { readIfThere, replaceFile } from '../../auth/key-files.ts'

const signIn = z.object({
  device: z.string(),
  accessToken: z.string(),
  /** Milliseconds since the Unix epoch. */
  expiresAt: z.number(),
  refreshToken: z.string(),
})

/** One server's sign-in. Secrets: never print but the access token, and that only when asked. */
export type StoredSignIn = z.output<typeof signIn>

const schema = z.record(z.string(), signIn)

const fileOf = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'backscroll', 'credentials.json')

/** Sign-ins by server, in a file that its owner alone may read. */
export const createCredentials = (env: NodeJS.ProcessEnv) => {
  const file = fileOf(env)
  const all = async () => schema.parse(JSON.parse((await readIfThere(file)) ?? '{}'))
  return {
    file,
    read: async (server: string): Promise<StoredSignIn | undefined> => (await all())[server],
    write: async (server: string, stored: StoredSignIn): Promise<void> => {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      await replaceFile(file, JSON.stringify({ ...(await all()), [server]: stored }, null, 2))
      await chmod(file, 0o600)
    },
  }
}
