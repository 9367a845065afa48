import { execFile } from 'node:child_process'
import { chmodSync, cpSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { runCommand } from './command.ts'
import type { Progress } from './engine.ts'
import { exists, layout } from './layout.ts'
import { requireTool } from './tools.ts'

export type ModuleBuild = {
  module: string
  version: string
  /** The main package, from the module's root: `./cmd/x`. */
  package: string
  /** Where the program goes; one that is there already is not built again, so its name carries the version. */
  output: string
  progress: Progress
  /** Changes the copied sources before they are built. */
  prepare: (source: string, go: (...args: string[]) => Promise<void>) => Promise<void>
}

/** Every module is checked against Go's checksum database. */
const env = { GOFLAGS: '-mod=mod -buildvcs=false', CGO_ENABLED: '0', GOWORK: 'off' }

const fetchSource = async (module: string, version: string): Promise<string> => {
  const options = { cwd: layout.builds, env: { ...process.env, ...env }, maxBuffer: 1 << 24 }
  const args = ['mod', 'download', '-json', `${module}@${version}`]
  const { stdout } = await promisify(execFile)(requireTool('go'), args, options)
  return JSON.parse(stdout).Dir
}

/** Go keeps its copy read-only. */
const copyWritable = (from: string, to: string): void => {
  rmSync(to, { recursive: true, force: true })
  cpSync(from, to, { recursive: true })
  chmodSync(to, 0o755)
  for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
    chmodSync(join(entry.parentPath, entry.name), 0o755)
  }
}

/** Builds a program of a Go module, as that module's authors would: in its own tree, with the dependencies that it pins. */
export const buildModule = async (build: ModuleBuild): Promise<void> => {
  if (exists(build.output)) return
  const { module, version, progress } = build
  const source = `${build.output}.source`
  const go = (...args: string[]): Promise<void> => {
    const doing = `go ${args[0]} for ${basename(build.output)} (minutes, the first time)`
    return runCommand(requireTool('go'), args, {
      cwd: source,
      env,
      progress,
      doing,
      log: `${basename(build.output)}-go`,
    })
  }
  progress(`fetching ${module} ${version}`)
  copyWritable(await fetchSource(module, version), source)
  await build.prepare(source, go)
  await go('build', '-o', `${build.output}.new`, build.package)
  renameSync(`${build.output}.new`, build.output)
  rmSync(source, { recursive: true, force: true })
}
