import { execFile, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('mls-peer', import.meta.url))
const binary = fileURLToPath(new URL('../../.cache/mls-peer/debug/mls-peer', import.meta.url))

/** Why the other implementation cannot be built here; undefined when it can. */
export const mlsPeerIsMissing = (): string | undefined => {
  const { stdout } = spawnSync('cargo', ['--version'], { encoding: 'utf8' })
  const minor = Number(/^cargo 1\.(\d+)/.exec(stdout ?? '')?.[1] ?? -1)
  if (minor < 0) return 'cargo is not there'
  return minor < 85 ? 'cargo is older than 1.85' : undefined
}

/** The folder of the vectors of the MLS working group, in the package of a crate that is fetched and never built. */
export const fetchMlsVectors = async (): Promise<string> => {
  const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024 }
  const { stdout } = await run('cargo', ['metadata', '--locked', '--format-version', '1', '--all-features'], options)
  const { packages } = JSON.parse(stdout) as { packages: { name: string; manifest_path: string }[] }
  const found = packages.find(({ name }) => name === 'openmls')
  if (found === undefined) throw new Error('cargo knows no package with the vectors')
  return found.manifest_path.replace('Cargo.toml', 'test_vectors/')
}

export type Part = Uint8Array | string | number

/** mls-rs in a process of its own; `test/support/mls-peer/src/main.rs` says what can be asked. */
export interface MlsPeer {
  /** Rejects with what the library says. */
  ask(command: string, device: string, ...parts: readonly Part[]): Promise<readonly Uint8Array[]>
  stop(): void
}

const toWord = (part: Part): string => Buffer.from(typeof part === 'number' ? `${part}` : part).toString('hex') || '-'
const fromWord = (word: string): Uint8Array => new Uint8Array(Buffer.from(word === '-' ? '' : word, 'hex'))

/** Builds it first, which takes a minute where it was never built. */
export const startMlsPeer = async (): Promise<MlsPeer> => {
  await run('cargo', ['build', '--locked', '--quiet'], { cwd: folder })
  const child = spawn(binary, { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting: ((line: string) => void)[] = []
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line))
  child.once('exit', () => {
    for (const answer of waiting) answer('error the peer is gone')
  })
  return {
    ask: async (command, device, ...parts) => {
      const answered = new Promise<string>((resolve) => waiting.push(resolve))
      child.stdin.write(`${[command, device, ...parts.map(toWord)].join(' ')}\n`)
      const [verdict, ...words] = (await answered).split(' ')
      if (verdict !== 'ok') throw new Error(`mls-rs: ${words.join(' ')}`)
      return words.map(fromWord)
    },
    stop: () => child.stdin.end(),
  }
}
