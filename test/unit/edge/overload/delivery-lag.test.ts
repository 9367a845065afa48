import { expect, test } from 'vitest'
import { createDeliveryLag } from '../../../../src/edge/overload/delivery-lag.ts'

const openPath = () => {
  const world = { now: 0, passed: 0n }
  const path = createDeliveryLag({
    hasPassed: (position) => position <= world.passed,
    limitMs: 1_000,
    now: () => world.now,
  })
  return { world, path }
}

test('a path that keeps up is not behind, and has any room', () => {
  const { world, path } = openPath()
  for (let position = 1n; position < 2_000n; position += 1n) {
    world.now += 5
    path.accepted(position)
    world.passed = position - 20n
    expect([path.isBehind(), path.room()]).toEqual([false, undefined])
  }
  expect(path.ageMs()).toBeLessThan(150)
})

test('a path is behind by the time that its oldest waits, not by how many wait', () => {
  const { world, path } = openPath()
  const accept = (count: number) => {
    for (let left = count; left > 0; left -= 1) path.accepted(world.passed + BigInt(left))
  }
  accept(1)
  world.now = 100
  world.passed = 1n
  expect(path.ageMs()).toBe(0)
  accept(5_000)
  world.now = 1_000
  expect([path.isBehind(), path.ageMs()]).toEqual([false, 900])
  world.now = 1_150
  expect([path.isBehind(), path.ageMs()]).toEqual([true, 1_050])
})

test('a path that was late with a few for a moment takes the next ones', () => {
  const { world, path } = openPath()
  path.accepted(1n)
  world.now = 100
  world.passed = 1n
  expect(path.ageMs()).toBe(0)
  for (let position = 2n; position < 60n; position += 1n) path.accepted(position)
  world.now = 1_500
  expect([path.ageMs(), path.isBehind()]).toEqual([1_400, false])
  for (let position = 60n; position < 80n; position += 1n) path.accepted(position)
  expect(path.isBehind()).toBe(true)
})

test('a path that stands still altogether is not behind: it is an outage', () => {
  const { world, path } = openPath()
  path.accepted(1n)
  world.now = 50
  world.passed = 1n
  path.ageMs()
  for (let position = 2n; position < 100_000n; position += 1n) {
    world.now += 1
    path.accepted(position)
  }
  expect([path.isBehind(), path.room()]).toEqual([false, undefined])
  expect(path.ageMs()).toBeGreaterThan(90_000)
  world.passed = 50_000n
  world.now += 20
  expect([path.ageMs() < 60_000, path.isBehind()]).toEqual([true, true])
})
