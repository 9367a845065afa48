import { expect, test } from 'vitest'
import { createFairTurns } from '../../../../../src/identity/accounts/sign-in/fair-semaphore.ts'

/** Two at a time, two waiting of one, six of all; each piece of work goes on until it is let go. */
const start = () => {
  const turns = createFairTurns({ atATime: 2, waitingOfOne: 2, waiting: 6, refusal: () => new Error('full') })
  const running: { readonly name: string; readonly end: () => void }[] = []
  const answers: string[] = []
  const ask = (name: string, known = false) => {
    const done = turns({ name, known }, () => new Promise<void>((end) => running.push({ name, end })))
    void done.then(
      () => answers.push(`${name} done`),
      ({ message }: Error) => answers.push(`${name} ${message}`),
    )
  }
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  const endOne = async () => {
    running.shift()?.end()
    await settle()
  }
  return { ask, running, answers, settle, endOne }
}

test('who asks a thousand times waits for itself alone', async () => {
  const { ask, running, answers, settle, endOne } = start()
  for (let count = 0; count < 1000; count += 1) ask('flood')
  ask('alice')
  await settle()
  expect(answers.filter((answer) => answer === 'flood full')).toHaveLength(996)
  const order = running.map(({ name }) => name)
  for (let count = 0; count < 5; count += 1) {
    await endOne()
    order.push(running.at(-1)?.name ?? '')
  }
  expect(order.slice(0, 4)).toEqual(['flood', 'flood', 'flood', 'alice'])
  expect(answers).toContain('alice done')
})

test('when there is no room, one with two in wait gives way to one with none', async () => {
  const { ask, answers, settle } = start()
  for (const name of ['x', 'y', 'a', 'a', 'b', 'b', 'c', 'c']) ask(name)
  ask('alice')
  await settle()
  expect(answers).toEqual(['a full'])
})

test('among many that ask once, the known one is not the one to go', async () => {
  const { ask, answers, settle } = start()
  for (const name of ['x', 'y', 'a', 'b', 'c', 'd', 'e', 'f']) ask(name)
  ask('stranger')
  ask('alice', true)
  await settle()
  expect(answers).toEqual(['stranger full', 'a full'])
})

test('whatever fails, the turn goes on to the next, and nothing is lost', async () => {
  const turns = createFairTurns({ atATime: 1, waitingOfOne: 50, waiting: 50, refusal: () => new Error('full') })
  const work = Array.from({ length: 40 }, (_, index) =>
    turns({ name: `s${index % 7}`, known: index % 3 === 0 }, async () => {
      await new Promise((resolve) => setImmediate(resolve))
      if (index % 2 === 0) throw new Error('failed')
    }),
  )
  const ends = await Promise.allSettled(work)
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(20)
  await expect(turns({ name: 'later', known: false }, async () => 'ran')).resolves.toBe('ran')
})
