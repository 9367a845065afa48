import { problem } from '@backscroll/protocol/rest/problem'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDevice } from '../../support/accounts/device-keys.ts'
import { createSigner } from '../../support/accounts/device-proof.ts'
import { type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
let token: string
beforeAll(async () => {
  running = await startApi({}, {}, { settings: { maxDevices: 100 } })
  token = await running.tokenFor('mallory', 'phone', ['user', 'admin'])
})
afterAll(() => running.close())

const runs = { numRuns: Number(process.env.BACKSCROLL_FUZZ_RUNS ?? 250) }

const device = createTestDevice('mallory', 'phone')
const { registration } = device
const { signed } = createSigner(device)
const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((one) => Buffer.from(one).toString('base64'))
const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('', 'A'.repeat(20_000), '\u0000', '\ud800', '__proto__', -1, 2 ** 53, null),
)
const field = <Value>(right: fc.Arbitrary<Value>) =>
  fc.oneof(
    { weight: 8, arbitrary: right },
    { weight: 1, arbitrary: odd },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )

const text = fc.string({ maxLength: 40 })
const bodies = fc.oneof(
  fc.record({
    login: field(text),
    password: field(text),
    displayName: field(text),
    findableByLogin: field(fc.boolean()),
  }),
  fc.record({ login: field(text) }),
  fc.record({
    displayName: field(text),
    about: field(text),
    privacy: field(
      fc.record({
        online: field(fc.constantFrom('everyone', 'nobody')),
        lastSeen: field(fc.constant('nobody')),
        readReceipts: field(fc.boolean()),
      }),
    ),
    settings: field(fc.dictionary(text, fc.jsonValue())),
  }),
  fc.record({
    name: field(text),
    signatureKey: field(fc.oneof(bytes(32), fc.constant(registration.signatureKey))),
    certificate: field(fc.oneof(bytes(64), fc.constant(registration.certificate))),
    identityKey: field(fc.oneof(bytes(32), fc.constant(registration.identityKey))),
  }),
  fc.record({ keyPackages: field(fc.array(bytes(200), { maxLength: 3 })), lastResort: field(bytes(300)) }),
  fc.record({ password: field(fc.constant('correct horse')), code: field(fc.stringMatching(/^[0-9]{5,7}$/)) }),
  fc.record({
    answer: field(
      fc.record({
        id: bytes(40),
        rawId: bytes(40),
        type: fc.constant('public-key'),
        response: fc.record({ clientDataJSON: bytes(60), attestationObject: bytes(90) }),
      }),
    ),
  }),
  fc.record({ claimId: field(fc.constantFrom('c1', 'c2')) }),
  fc.record({ payload: field(bytes(30)) }),
  fc.record({ blob: field(bytes(30)), number: field(fc.nat()), signature: field(bytes(64)) }),
  fc.record({ roles: field(fc.array(fc.constantFrom('user', 'admin'))) }),
  odd,
)
const ids = fc.oneof(fc.constantFrom('mallory', 'phone', 'u1', '..', '%00', '%2f', 'constructor', '__proto__'), text)
const path = fc.tuple(
  fc.constantFrom(
    ['POST', '/accounts'] as const,
    ['PATCH', '/me'] as const,
    ['GET', '/users/_'] as const,
    ['GET', '/users/_/devices'] as const,
    ['POST', '/devices'] as const,
    ['PATCH', '/devices/_'] as const,
    ['POST', '/devices/_/key-packages'] as const,
    ['GET', '/devices/_/key-packages/count'] as const,
    ['POST', '/users/_/key-packages/claim'] as const,
    ['POST', '/pairings'] as const,
    ['POST', '/pairings/_/messages'] as const,
    ['GET', '/pairings/_/messages'] as const,
    ['PUT', '/me/recovery'] as const,
    ['POST', '/me/second-factor/totp'] as const,
    ['POST', '/me/second-factor/totp/confirmation'] as const,
    ['DELETE', '/me/second-factor/totp'] as const,
    ['POST', '/me/passkeys'] as const,
    ['DELETE', '/me/passkeys/_'] as const,
    ['DELETE', '/admin/users/_/second-factor'] as const,
    ['PUT', '/admin/users/_/roles'] as const,
    ['DELETE', '/admin/users/_/deactivation'] as const,
  ),
  ids,
)

test("[R3] whatever is sent to accounts and devices, the answer is a result or a problem of the list, and never the server's fault", async () => {
  await fc.assert(
    fc.asyncProperty(path, bodies, async ([[method, pattern], id], body) => {
      const url = pattern.replace('_', encodeURIComponent(id.toWellFormed()))
      const payload = method === 'GET' ? undefined : (JSON.stringify(body)?.toWellFormed() ?? '')
      const type = payload !== undefined && { 'content-type': 'application/json' }
      const about = { method, url: `http://localhost${url.split('?')[0]}`, token }
      const { response } = await signed(about, async (proof) => {
        const headers = { authorization: `Bearer ${token}`, ...type, ...proof }
        const answer = await running.api.inject({ method, url, headers, ...(payload !== undefined && { payload }) })
        return {
          response: answer,
          code: answer.json().code,
          nonce: String(answer.headers['dpop-nonce'] ?? '') || undefined,
        }
      })
      expect(response.statusCode, `${method} ${url} ${payload}`).toBeLessThan(500)
      if (response.statusCode !== 200) expect(problem.safeParse(response.json()).success).toBe(true)
      expect(running.accounts.errors).toEqual([])
    }),
    runs,
  )
})
