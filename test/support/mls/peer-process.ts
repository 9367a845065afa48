import { execFile, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { recordNeed, refuseMissing } from '../report/needs.ts'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('../mls-peer', import.meta.url))
const binary = fileURLToPath(new URL('../../../.cache/mls-peer/debug/mls-peer', import.meta.url))

const cargoIsMissing = (): string | undefined => {
  const { stdout } = spawnSync('cargo', ['--version'], { encoding: 'utf8' })
  const minor = Number(/^cargo 1\.(\d+)/.exec(stdout ?? '')?.[1] ?? -1)
  if (minor < 0) return 'cargo is not there'
  return minor < 85 ? 'cargo is older than 1.85' : undefined
}

/** What cargo said, in a line. */
const reasonOf = (thrown: unknown): string => {
  const said = thrown instanceof Error && 'stderr' in thrown ? String(thrown.stderr) : String(thrown)
  const line = said.split('\n').find((one) => one.startsWith('error'))
  return `cargo cannot fetch or build it (${line ?? said.split('\n', 1)[0]})`
}

/** Asked before a suite starts, so that a machine that lacks it skips the suite and does not fail in its set-up. */
const find = async (need: 'mls-rs' | 'mls-vectors', version: string, get: () => Promise<unknown>) => {
  const missing =
    cargoIsMissing() ??
    (await get().then(
      () => undefined,
      (thrown: unknown) => reasonOf(thrown),
    ))
  recordNeed(missing === undefined ? { need, how: 'cargo', version } : { need, missing })
  if (missing !== undefined) refuseMissing(need, missing)
  return missing
}

/** Why the other implementation cannot be had here; undefined when it is built, which takes a minute the first time. */
export const mlsPeerIsMissing = (): Promise<string | undefined> =>
  find('mls-rs', '0.57.0', () => run('cargo', ['build', '--locked', '--quiet'], { cwd: folder }))

/** Why the vectors cannot be had here; undefined when they are fetched. */
export const mlsVectorsAreMissing = (): Promise<string | undefined> => find('mls-vectors', '', fetchMlsVectors)

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

/** `mlsPeerIsMissing` has built it. */
export const startMlsPeer = (): MlsPeer => {
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
