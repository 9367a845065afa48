#!/usr/bin/env node
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// The sources are TypeScript, which Node runs from 24 on. An older Node hands over to the one that npm installed beside us.
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const cli = join(root, 'src', 'cli.ts')
const newEnough = Number(process.versions.node.split('.')[0]) >= 24

const handOver = (node) => {
  const child = spawn(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)
  })
}

const installed = join(root, 'node_modules', '.bin', 'node')
if (newEnough) await import(cli)
else if (existsSync(installed)) handOver(installed)
else {
  process.stderr.write('Backscroll needs Node 24. Run `npm ci` in its directory, which installs it, or upgrade Node.\n')
  process.exitCode = 1
}
