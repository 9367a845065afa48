#!/usr/bin/env node
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

// The sources are TypeScript, which Node runs from 24 on. An older Node hands over to the one that npm installed beside us.
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const cli = join(root, 'src', 'cli.ts')
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const newEnough = major > 24 || (major === 24 && minor >= 14)

// Compiled code is kept, which saves a third of what a start costs. The variable passes this on to threads and to the other Node.
// The folder is ours, for one in the directory for temporary files could be another user's.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'compile')
nodeModule.enableCompileCache?.(process.env.NODE_COMPILE_CACHE)

const handOver = (node) => {
  const child = spawn(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)
  })
}

const installed = join(root, 'node_modules', '.bin', 'node')
// As a URL: Windows paths begin with what looks like a protocol.
if (newEnough) await import(pathToFileURL(cli).href)
else if (existsSync(installed)) handOver(installed)
else {
  const howTo =
    process.platform === 'linux'
      ? 'Run `npm ci` in its directory, which installs it, or upgrade Node.'
      : 'Install it from https://nodejs.org.'
  process.stderr.write(`Backscroll needs Node 24.14 or later, and this is ${process.version}. ${howTo}\n`)
  process.exitCode = 78
}
