import { readFile } from 'node:fs/promises'
import { closeCodes, mayReconnect } from '@backscroll/protocol/close-codes'
import { proofFaults } from '@backscroll/protocol/device-proof'
import { errorKinds } from '@backscroll/protocol/errors'
import { expect, test } from 'vitest'
import { sdkErrorKinds } from '../../../packages/client/src/errors/backscroll-error.ts'
import { encryptionTitles } from '../../../packages/client/src/errors/encryption-codes.ts'
import { warningTitles } from '../../../packages/client/src/events/warning-codes.ts'

const document = () => readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
const yesNo = (value: boolean) => (value ? 'yes' : 'no')

test('[R3][T4] docs/errors.md and the catalogue of errors agree', async () => {
  const rows = (await document()).split('\n').filter((line) => /^\| `\w+` \| \d/.test(line))
  const expected = Object.entries(errorKinds).map(
    ([code, { status, temporary, title }]) => `| \`${code}\` | ${status} | ${yesNo(temporary)} | ${title} |`,
  )
  expect(rows).toEqual(expected)
})

test('docs/errors.md and the codes of the SDK agree', async () => {
  const rows = (await document()).split('\n').filter((line) => /^\| `\w+` \| (yes|no) \|/.test(line))
  const expected = Object.entries(sdkErrorKinds).map(
    ([code, { temporary, title }]) => `| \`${code}\` | ${yesNo(temporary)} | ${title} |`,
  )
  expect(rows).toEqual(expected)
})

test('docs/errors.md and the codes of warnings agree, and the encryption is the end of the table above', async () => {
  const part = (await document()).split(/^##+ /m).find((one) => one.startsWith('Codes of warnings')) ?? ''
  const rows = part.split('\n').filter((line) => /^\| `\w+` \|/.test(line))
  expect(rows).toEqual(Object.entries(warningTitles).map(([code, title]) => `| \`${code}\` | ${title} |`))
  const ofSdk = Object.keys(sdkErrorKinds)
  expect(ofSdk.slice(ofSdk.indexOf('malformed'))).toEqual(Object.keys(encryptionTitles))
})

test('[T5] docs/errors.md and the list of close codes agree', async () => {
  const rows = (await document()).split('\n').filter((line) => /^\| \d+ \|/.test(line))
  const expected = Object.entries(closeCodes).map(
    ([name, code]) => `| ${code} | \`${name}\` | ${yesNo(mayReconnect(code))} |`,
  )
  expect(rows).toEqual(expected)
})

test('docs/errors.md and the reasons of invalid_dpop_proof agree', async () => {
  const section = (await document()).split('### `invalid_dpop_proof`')[1] ?? ''
  const rows = section.split('\n').filter((line) => /^\| `\w+` \|/.test(line))
  const expected = Object.entries(proofFaults).map(([reason, meaning]) => `| \`${reason}\` | ${meaning} |`)
  expect(rows.slice(0, expected.length)).toEqual(expected)
})
