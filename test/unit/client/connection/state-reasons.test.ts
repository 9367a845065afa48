import { readFile } from 'node:fs/promises'
import { closeCodes, mayReconnect } from '@backscroll/protocol/close-codes'
import { expect, test } from 'vitest'
import { isStopReason, stopReasons, waitReasons } from '../../../../packages/client/src/connection/state-reasons.ts'

const rowsOf = async (title: string) => {
  const guide = await readFile(new URL('../../../../docs/guide/client-developers.md', import.meta.url), 'utf8')
  const [, section = ''] = guide.split(`| ${title} | |\n|---|---|\n`)
  return (section.split('\n\n')[0] ?? '').split('\n')
}
const expected = (reasons: Readonly<Record<string, string>>) =>
  Object.entries(reasons).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`)

test('the guide names every reason for which a client stops, and no other', async () => {
  expect(await rowsOf('stopped, because')).toEqual(expected(stopReasons))
})

test('the guide names every reason for which a client waits, and no other', async () => {
  expect(await rowsOf('waiting, because')).toEqual(expected(waitReasons))
})

test('every close code after which a client does not come back has a reason of its own [T5]', () => {
  const final = Object.entries(closeCodes).filter(([, code]) => !mayReconnect(code))
  for (const [name] of final) expect(isStopReason(name), name).toBe(true)
})
