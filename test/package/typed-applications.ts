import { execFile } from 'node:child_process'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import type { PackedClient } from '../support/package/packed-client.ts'

const ofProject = (path: string): string => fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url))

const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false }
const typeRoots = [ofProject('@types')]

/** As the templates of bundlers have it, and as a program for Node has it. */
const projects = {
  bundler: { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom'], types: [] },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext', lib: ['es2023'], types: ['node'], typeRoots },
} as const
const programs = { bundler: ['browser-types.ts'], nodenext: ['types.ts'] } as const

/** What tsc has to say, or nothing. */
const check = async (folder: string, kind: keyof typeof projects): Promise<string> => {
  for (const name of programs[kind]) await cp(new URL(`./consumer/${name}`, import.meta.url), join(folder, name))
  const compilerOptions = { ...strict, ...projects[kind], target: 'es2022', noEmit: true }
  const config = join(folder, `tsconfig.${kind}.json`)
  await writeFile(config, JSON.stringify({ compilerOptions, files: programs[kind] }))
  const tsc = promisify(execFile)(process.execPath, [ofProject('typescript/bin/tsc'), '-p', config], { cwd: folder })
  return tsc.then(
    ({ stdout }) => stdout,
    ({ stdout, message }) => stdout || message,
  )
}

/** Nothing of this project is there but the compiler, and the types of Node for a program of Node. */
export const typedApplications = (client: () => PackedClient): void => {
  it.concurrent('in a browser are checked strictly, libraries too, as bundlers resolve', {
    timeout: 90_000,
  }, async () => {
    expect(await check(client().plain, 'bundler')).toBe('')
  })

  it.concurrent('in Node are checked strictly, libraries too, as Node resolves', { timeout: 90_000 }, async () => {
    expect(await check(client().plain, 'nodenext')).toBe('')
  })
}
