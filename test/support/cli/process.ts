import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url))

export interface CliEnd {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliProcess {
  readonly ended: Promise<CliEnd>
  kill(): void
}

/** Runs `backscroll` with these settings and none of the shell's. As root, a test may give another system user. */
export const startCli = (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  user: { readonly uid?: number } = {},
): CliProcess => {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('BACKSCROLL_'))
  const child = spawn(process.execPath, [cli, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(inherited), NODE_NO_WARNINGS: '1', ...env },
    ...user,
  })
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]).then(([stdout, stderr]) => ({
    code: child.exitCode,
    stdout,
    stderr,
  }))
  return { ended, kill: () => void child.kill('SIGKILL') }
}
