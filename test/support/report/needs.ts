import { appendFileSync } from 'node:fs'
import { type EngineName, engineNames } from '../../../scripts/services/versions.ts'

/** What some suites need beyond what `npm ci` has installed: the real engines, what cargo fetches and builds, a browser, npm's registry. */
const otherNeeds = ['mls-rs', 'mls-vectors', 'chromium', 'npm-registry'] as const
export const needNames = [...engineNames, ...otherNeeds] as const
export type NeedName = EngineName | (typeof otherNeeds)[number]

/** What one suite asked for and got. */
export type NeedUse =
  | { readonly need: NeedName; readonly how: string; readonly version: string }
  | { readonly need: NeedName; readonly missing: string }

/** The summary reporter names the file, for it to read at the end; it is absent without that reporter. */
export const recordNeed = (use: NeedUse): void => {
  const path = process.env.BACKSCROLL_TEST_NEED_USE
  if (path !== undefined) appendFileSync(path, `${JSON.stringify(use)}\n`)
}

/**
 * `BACKSCROLL_TEST_REQUIRE` names, separated by commas, what must be there: a run that has to exercise everything must fail where another
 * one skips. Throws for a need that is named and missing.
 */
export const refuseMissing = (need: NeedName, reason: string): void => {
  const required = (process.env.BACKSCROLL_TEST_REQUIRE ?? '').split(',').map((name) => name.trim())
  if (required.includes(need)) throw new Error(`BACKSCROLL_TEST_REQUIRE asks for ${need}: ${reason}`)
}
