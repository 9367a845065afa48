import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import ts from 'typescript'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))

const options: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: false,
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  allowImportingTsExtensions: true,
  verbatimModuleSyntax: true,
  lib: ['lib.es2024.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: ['node'],
}

/** A directory in which a generated client and a program that uses it are checked and run, as in a project of somebody else. */
export const openProject = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-generated-'))
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'))
  await writeFile(join(directory, 'package.json'), '{"type":"module"}')
  const path = (name: string): string => join(directory, name)
  return {
    path,
    write: (name: string, text: string) => writeFile(path(name), text),
    /** What the compiler finds in all of its files. */
    problems: async (): Promise<readonly string[]> => {
      const names = await readdir(directory, { recursive: true })
      const files = names.filter((name) => name.endsWith('.ts') && !name.startsWith('node_modules')).map(path)
      const found = ts.getPreEmitDiagnostics(ts.createProgram(files, options))
      return found.map(
        ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
      )
    },
    /** What the program prints, which is JSON. */
    run: async (name: string, env: Readonly<Record<string, string>>): Promise<unknown> => {
      const { stdout } = await run(process.execPath, [path(name)], { cwd: directory, env: { ...process.env, ...env } })
      return JSON.parse(stdout)
    },
    remove: () => rm(directory, { recursive: true }),
  }
}

export const redocly = (file: string) =>
  run(process.execPath, [join(root, 'node_modules/@redocly/cli/bin/cli.js'), 'lint', file, '--format=json'], {
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  }).catch((failed: { stdout: string }) => failed)
