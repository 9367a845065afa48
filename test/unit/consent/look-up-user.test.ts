import { ProtocolError } from '@backscroll/protocol/errors'
import { beforeEach, describe, expect, test } from 'vitest'
import { createLookUpUser, type LookUpUserDeps } from '../../../src/consent/look-up-user.ts'
import { createLookupLimit } from '../../../src/edge/limits/lookup-limit.ts'
import { createProcessLimits } from '../../../src/edge/limits/process-limits.ts'
import type { Account } from '../../../src/ports/identity/account-records.ts'
import { testLimits } from '../../support/api/test-limits.ts'

const account = (login: string, changes: Partial<Account> = {}): Account => ({
  ...{
    userId: `id-of-${login}`,
    login,
    passwordHash: null,
    origin: 'local',
    status: 'active',
    deactivation: null,
    roles: ['user'],
  },
  ...{ identityKey: null, tokensFrom: 0, tokensSpare: null, createdAt: 0, settings: {} },
  profile: { displayName: null, about: null },
  privacy: { online: 'contacts', lastSeen: 'everyone', readReceipts: true, findableByLogin: true },
  ...changes,
})
const hidden = { online: 'contacts', lastSeen: 'everyone', readReceipts: true, findableByLogin: false } as const
const accounts = [
  account('alice'),
  account('hidden', { privacy: hidden }),
  account('locked', { status: 'deactivated' }),
  account('blocker'),
]

let now = 0
let steps: string[] = []
let slept = 0
beforeEach(() => {
  now = 0
  steps = []
  slept = 0
})

const open = (changes: Partial<LookUpUserDeps> = {}) =>
  createLookUpUser({
    accountByLogin: async (login) => {
      steps.push('account')
      return accounts.find((one) => one.login === login)
    },
    consent: async (userId) => {
      steps.push('consent')
      return { blocked: new Map(userId === 'id-of-blocker' ? [['mallory', 0]] : []) }
    },
    count: createLookupLimit(createProcessLimits({ settings: { ...testLimits, lookupsPerHour: 60 }, now: () => now })),
    sleep: async (ms) => {
      slept += ms
    },
    ...changes,
  })

const codeOf = (error: unknown): string => (error instanceof ProtocolError ? error.code : String(error))
const askAs =
  (lookUp: ReturnType<typeof open>, by = 'mallory', address = '192.0.2.1') =>
  (login: string) =>
    lookUp({ by, address, login }).catch(codeOf)

const hour = 3_600_000

describe('looking somebody up by login name', () => {
  test('finds an exact name, however its letters are written', async () => {
    const ask = askAs(open())
    expect([await ask(' ALICE '), await ask('\uff21lice'), await ask('alic'), await ask('alice2')]).toEqual([
      ...['id-of-alice', 'id-of-alice', 'not_found', 'not_found'],
    ])
  })

  test('somebody hidden, locked or who has blocked who asks is answered like nobody, after the same reads and the same time', async () => {
    const ask = askAs(open())
    const outcomeOf = async (login: string) => {
      steps = []
      slept = 0
      const answer = await ask(login)
      return { answer, steps, slept }
    }
    const nobody = await outcomeOf('nobody')
    expect(nobody).toEqual({ answer: 'not_found', steps: ['account', 'consent'], slept: 25 })
    for (const login of ['hidden', 'locked', 'blocker', '\u0000', 'x']) expect(await outcomeOf(login)).toEqual(nobody)
    expect(await outcomeOf('alice')).toEqual({ ...nobody, answer: 'id-of-alice' })
  })

  test('no answer comes before its time, whether somebody was found or not', async () => {
    let wake = () => {}
    const lookUp = open({ sleep: () => new Promise((resolve) => (wake = () => resolve(undefined))) })
    for (const login of ['alice', 'nobody']) {
      let answered = false
      const asked = askAs(lookUp)(login).then(() => {
        answered = true
      })
      await new Promise((resolve) => setImmediate(resolve))
      expect(answered).toBe(false)
      wake()
      await asked
    }
  })

  test('a user who has blocked one person is found by others', async () => {
    expect(await askAs(open(), 'carol')('blocker')).toBe('id-of-blocker')
  })

  test('a hundred thousand guesses of one user cost sixty reads in the first hour, and one more for each minute', async () => {
    const lookUp = open()
    const guess = async (count: number) => {
      const answers = new Map<string, number>()
      for (let number = 0; number < count; number += 1) {
        const answer = await lookUp({ by: 'mallory', address: '192.0.2.1', login: `guess-${number}` }).catch(codeOf)
        answers.set(answer, (answers.get(answer) ?? 0) + 1)
      }
      return Object.fromEntries(answers)
    }
    expect(await guess(100_000)).toEqual({ not_found: 60, rate_limited: 99_940 })
    expect(steps).toHaveLength(2 * 60)
    now += hour / 4
    expect(await guess(1000)).toEqual({ not_found: 15, rate_limited: 985 })
  })

  test('many users of one network share a limit, and leave others theirs', async () => {
    const lookUp = open()
    const found: string[] = []
    for (let user = 0; user < 50; user += 1)
      for (let number = 0; number < 60; number += 1)
        found.push(await askAs(lookUp, `sybil-${user}`, `2001:db8::${user.toString(16)}`)(`guess-${number}`))
    expect(found.filter((answer) => answer === 'not_found')).toHaveLength(600)
    expect(await askAs(lookUp, 'carol', '2001:db8:1::1')('alice')).toBe('id-of-alice')
  })
})
