import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createProgress } from '../../../src/cli/progress.ts'

const writing = (isTTY: boolean) => {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120 })
  return { stream, written: (): string => String(stream.read() ?? '') }
}

test('on a terminal a stage is a bar, which goes when it ends', () => {
  const { stream, written } = writing(true)
  const progress = createProgress({}, stream, () => 0)
  progress.stage('Copying events', 2_000)(1_000)
  progress.stage('Copying blobs', 0)(3)
  progress.end()
  expect(written()).toMatch(
    /\[\.{24}\] Copying events: 0 of 2,000[\s\S]*\[#{12}\.{12}\] Copying events: 1,000 of 2,000/,
  )
  expect(stream.destroyed).toBe(false)
})

test('elsewhere it is a line every five seconds, without anything that steers a terminal', () => {
  const { stream, written } = writing(false)
  let now = 0
  const show = createProgress({}, stream, () => now).stage('Copying events', 2_000)
  for (now = 1_000; now <= 10_000; now += 1_000) show(now / 10)
  expect(written()).toBe('Copying events: 500 of 2,000\nCopying events: 1,000 of 2,000\n')
})

test('with --json nothing is shown, also not on a terminal', () => {
  for (const isTTY of [true, false]) {
    const { stream, written } = writing(isTTY)
    const progress = createProgress({ json: true }, stream, () => 100_000)
    progress.stage('Copying events', 2)(1)
    progress.end()
    expect(written()).toBe('')
  }
})
