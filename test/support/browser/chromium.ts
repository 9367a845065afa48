import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { recordNeed, refuseMissing } from '../report/needs.ts'

/** Another machine, as far as the browser knows: in truth this one. */
export const foreignHost = 'chat.test'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const apps = ['/Applications/Chromium.app/Contents/MacOS/Chromium']

const candidates = (): readonly string[] => {
  const given = process.env.BACKSCROLL_TEST_CHROMIUM
  if (given !== undefined && given !== '') return [given]
  const folders = (process.env.PATH ?? '').split(delimiter)
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...apps]
}

const versionOf = (path: string): string | undefined => {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 20_000 })
  return status === 0 ? /\d[\d.]+/.exec(stdout)?.[0] : undefined
}

interface Found {
  readonly path: string
  readonly version: string
}

const find = (): Found | undefined => {
  const path = candidates().find((one) => existsSync(one))
  const version = path === undefined ? undefined : versionOf(path)
  return path === undefined || version === undefined ? undefined : { path, version }
}

const missing = 'no Chromium is on the PATH or named by BACKSCROLL_TEST_CHROMIUM'
const found = find()

/** Why no real browser can be had here; undefined when there is one. Asked before a suite starts, which is skipped without. */
export const chromiumIsMissing = (): string | undefined => {
  recordNeed(found ? { need: 'chromium', how: found.path, version: found.version } : { need: 'chromium', missing })
  if (found === undefined) refuseMissing('chromium', missing)
  return found === undefined ? missing : undefined
}

/** A headless Chromium for all tests of a `describe`, in which it is called. */
export const useChromium = (): { readonly browser: () => Browser } => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: found?.path ?? '',
      chromiumSandbox: false,
      args: [`--host-resolver-rules=MAP ${foreignHost} 127.0.0.1`],
    })
  })
  afterAll(() => browser?.close())
  return {
    browser: () => {
      if (browser === undefined) throw new Error('The browser is open while tests run')
      return browser
    },
  }
}
