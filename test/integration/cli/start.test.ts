import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../../support/event-log/directory.ts'

const cli = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url))

/** Starts a server with a common umask, stops it as soon as it has greeted, and returns its output. */
const startAndStop = async (data: string) => {
  const child = spawn('sh', ['-c', 'umask 022 && exec "$0" "$1" start', process.execPath, cli], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1', BACKSCROLL_PORT: '0', BACKSCROLL_DATA: data },
  })
  child.stdout.on('data', (chunk: Buffer) => {
    if (chunk.includes('Watch two users talk')) child.kill('SIGTERM')
  })
  const [stdout] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return { code: child.exitCode, lines: stdout.split('\n') }
}

const modesIn = (directory: string): readonly (readonly [string, string])[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name)
    return [path, (statSync(path).mode & 0o777).toString(8)]
  })

describe('a server that is started in a directory of its own', { timeout: 120_000 }, () => {
  const place = temporaryDirectory()
  const data = join(place.path, "ann's data")
  let ended: Awaited<ReturnType<typeof startAndStop>>
  beforeAll(async () => {
    ended = await startAndStop(data)
  }, 120_000)
  afterAll(() => place.remove())

  it('names the directory in the command that makes a token for it', () => {
    const setting = `BACKSCROLL_DATA='${place.path}/ann'\\''s data' `
    expect(ended.lines).toContain(
      `Get an access token:   ${setting}npm run --silent token -- --user alice --device phone`,
    )
  })

  it('says in one line that a signal stops it, and ends with 0', () => {
    const stops = ended.lines.filter((line) => line.includes('"signal":"SIGTERM"'))
    expect(stops.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'info', msg: expect.stringMatching(/^stopping/) },
    ])
    expect(ended.code).toBe(0)
  })

  it.skipIf(process.platform === 'win32')('keeps the directory and its files to its own user', () => {
    expect((statSync(data).mode & 0o777).toString(8)).toBe('700')
    const modes = modesIn(data)
    expect(modes.map(([path]) => path)).toEqual(expect.arrayContaining([join(data, 'events.db')]))
    expect(modes.filter(([, mode]) => !['600', '700'].includes(mode))).toEqual([])
  })
})
