import { expect, test } from 'vitest'
import { loadProfiles } from '../../../../packages/client/src/profiles/profile-book.ts'
import { loadSharedProfiles } from '../../../../packages/client/src/profiles/shared-profiles.ts'
import type { StoreChange } from '../../../../packages/client/src/stores/client-store.ts'

const dayMs = 86_400_000
const at = 1_000 * dayMs

const open = (stored = new Map<string, unknown>()) => {
  const store = (changes: readonly StoreChange[]) => {
    for (const { key, value } of changes) value === undefined ? stored.delete(key) : stored.set(key, value)
  }
  const clock = { at: 5, now: () => clock.at }
  return { stored, clock, profiles: loadProfiles(stored, 'me', store), told: loadSharedProfiles(stored, store, clock) }
}

test('the newest name counts, in whichever order two come', () => {
  const { profiles } = open()
  expect(profiles.hear('bob', { name: 'Bobby', number: 2 }, at)).toEqual([
    { type: 'profile', userId: 'bob', name: 'Bobby' },
  ])
  expect(profiles.hear('bob', { name: 'Bob', number: 1 }, at)).toEqual([])
  expect(profiles.of('bob')).toEqual({ name: 'Bobby' })
})

test('all devices choose the same of two names of the same moment', () => {
  const names = [['Ann', 'Bea'] as const, ['Bea', 'Ann'] as const].map((order) => {
    const { profiles } = open()
    for (const name of order) profiles.hear('bob', { name, number: 1 }, at)
    return profiles.of('bob')?.name
  })
  expect(names).toEqual(['Bea', 'Bea'])
})

test('a name that may not be shown is none, and one from the future keeps no later one out', () => {
  const { profiles } = open()
  profiles.hear('bob', { name: 'Bob', number: 1 }, at)
  expect(profiles.hear('bob', { name: 'p\u0430ypal', number: 2 }, at)).toEqual([
    { type: 'profile', userId: 'bob', name: null },
  ])
  expect(profiles.hear('bob', { name: 'Thief', number: at + 2 * dayMs }, at)).toEqual([])
  expect(profiles.hear('bob', { name: 'Bob', number: at + 1 }, at)).toHaveLength(1)
})

test('a repeated name is no news, and subscribers get each change', () => {
  const { profiles } = open()
  const heard: string[] = []
  const end = profiles.subscribe((userId) => heard.push(userId))
  profiles.hear('bob', { name: 'Bob', number: 1 }, at)
  expect(profiles.hear('bob', { name: 'Bob', number: 2 }, at)).toEqual([])
  end()
  profiles.hear('bob', { name: 'Bobby', number: 3 }, at)
  expect(heard).toEqual(['bob', 'bob'])
})

test('the own name gets a larger number each time, also when the clock goes back', () => {
  const { profiles } = open()
  const first = profiles.next('Me', at)
  expect(first).toEqual({ name: 'Me', number: at })
  if (first !== undefined) profiles.hear('me', first, at)
  expect(profiles.next(null, at - dayMs)).toEqual({ name: null, number: at + 1 })
  expect(profiles.next('al\u200bice', at)).toBeUndefined()
})

test('names outlive a restart; those of twenty thousand people are kept, and the own one always', () => {
  const { stored, profiles } = open()
  profiles.hear('me', { name: 'Me', number: 1 }, at)
  for (let number = 0; number < 20_100; number += 1) profiles.hear(`user-${number}`, { name: 'Bob', number: 1 }, at)
  expect([...stored.keys()].filter((key) => key.startsWith('profile/'))).toHaveLength(20_000)
  const { profiles: again } = open(stored)
  expect(again.of('me')).toEqual({ name: 'Me' })
  expect(again.of('user-0')).toBeUndefined()
  expect(again.of('user-20099')).toEqual({ name: 'Bob' })
})

test('a small group is told again when devices come, a large one when the user speaks again', () => {
  const { stored, told } = open()
  expect([told.number('g'), told.spoke('g'), told.spoke('g')]).toEqual([0, true, false])
  const came = (device: string, isLarge: boolean) => told.owe('g', { devices: [device], isLarge: () => isLarge })
  told.told('g', 7, ['ann/1'])
  told.told('g', 5, ['ann/1'])
  expect(told.number('g')).toBe(7)
  expect(came('bob/1', false)).toBe(true)
  expect([told.number('g'), told.hasSpoken('g')]).toEqual([0, true])
  told.told('g', 7, ['ann/1', 'bob/1'])
  expect(came('eve/1', true)).toBe(true)
  expect([told.number('g'), told.hasSpoken('g')]).toEqual([0, false])
  expect(open(stored).told.hasSpoken('g')).toBe(false)
  told.forget('g')
  expect(stored.has('named/g')).toBe(false)
})

test('a device that leaves and comes again is told once for each name', () => {
  const { stored, told } = open()
  const comes = (book = told) => book.owe('g', { devices: ['eve/1'], isLarge: () => false })
  told.told('g', 7, ['ann/1'])
  expect(comes()).toBe(true)
  told.told('g', 7, ['ann/1', 'eve/1'])
  for (let time = 0; time < 100; time += 1) expect(comes()).toBe(false)
  expect(comes(open(stored).told)).toBe(false)
  told.told('g', 8, ['ann/1'])
  expect(comes()).toBe(true)
})

test('new devices without end are told of ten times an hour of this device, and those that came late after it', () => {
  const { clock, told } = open()
  const comes = (...devices: readonly string[]) => told.owe('g', { devices, isLarge: () => false })
  let tells = 0
  told.told('g', 7, [])
  for (let device = 0; device < 100; device += 1)
    if (comes(`eve/${device}`)) {
      tells += 1
      told.told('g', 7, [`eve/${device}`])
    }
  expect(tells).toBe(10)
  clock.at += 3_599_999
  expect(comes()).toBe(false)
  clock.at += 1
  expect(comes()).toBe(true)
  expect(told.number('g')).toBe(0)
})
