import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BodyKeys, KeySlice } from '../../../src/ports/body-keys.ts'

export interface OpenedBodyKeys {
  readonly keys: BodyKeys
  /** A second connection, as another process has it. */
  readonly another: BodyKeys
  remove(): Promise<void>
}

const slice = (stream: string, number = 0, life = 'first'): KeySlice => ({ life, stream, slice: number })

const textOf = (all: readonly (Uint8Array | undefined)[]) => all.map((one) => one && Buffer.from(one).toString('utf8'))

/** What every store of the keys of bodies promises. */
export const bodyKeysContract = (name: string, open: () => Promise<OpenedBodyKeys>): void => {
  describe(`${name} keeps the keys of bodies`, () => {
    let opened: OpenedBodyKeys
    let keys: BodyKeys
    let another: BodyKeys
    let made = 0
    const fresh = () => Buffer.from(`made ${made++}`)
    beforeEach(async () => {
      made = 0
      opened = await open()
      ;({ keys, another } = opened)
    })
    afterEach(() => opened.remove())

    test('making what is not there, once, and answering in the order of the question', async () => {
      expect(textOf(await keys.load([slice('a')]))).toEqual([undefined])
      expect(textOf(await keys.obtain([slice('a'), slice('b')], fresh))).toEqual(['made 0', 'made 1'])
      expect(textOf(await another.obtain([slice('b'), slice('c'), slice('a')], fresh))).toEqual([
        'made 1',
        'made 2',
        'made 0',
      ])
      expect(textOf(await keys.load([slice('c'), slice('d'), slice('a')]))).toEqual(['made 2', undefined, 'made 0'])
      expect(await keys.load([])).toEqual([])
    })

    test('apart by stream, by slice and by life', async () => {
      const slices = [slice('a'), slice('a', 1), slice('a', 0, 'second'), slice('a/0', 0), slice('A')]
      const all = textOf(await keys.obtain(slices, fresh))
      expect(new Set(all).size).toBe(slices.length)
      expect(textOf(await keys.load(slices))).toEqual(all)
    })

    test('of which everybody gets the same when many make one at the same time', async () => {
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? keys : another).obtain([slice('a'), slice(`b${index}`)], fresh),
        ),
      )
      expect(new Set(textOf(all.map(([first]) => first))).size).toBe(1)
    })

    test('and takes from each life of a slice what it is told to, and nothing from others', async () => {
      const slices = [slice('a'), slice('a', 0, 'second'), slice('a', 1), slice('b')]
      await keys.obtain(slices, fresh)
      await keys.take('a', 0, (left) => Buffer.concat([left, Buffer.from('!')]))
      expect(textOf(await another.load(slices))).toEqual(['made 0!', 'made 1!', 'made 2', 'made 3'])
      await keys.take('nobody', 0, () => Buffer.from('?'))
    })

    test('of which nothing comes back once it was taken', async () => {
      await keys.obtain([slice('a')], fresh)
      await keys.take('a', 0, () => new Uint8Array())
      expect(textOf(await another.load([slice('a')]))).toEqual([''])
      expect(textOf(await another.obtain([slice('a')], fresh))).toEqual([''])
    })

    test('losing nothing that many take at the same time', async () => {
      await keys.obtain([slice('a')], () => Buffer.from('0123456789'))
      const without = (digit: number) => (left: Uint8Array) =>
        Buffer.from(Buffer.from(left).toString('utf8').replace(`${digit}`, ''))
      await Promise.all(
        Array.from({ length: 9 }, (_, digit) => (digit % 2 ? keys : another).take('a', 0, without(digit))),
      )
      expect(textOf(await keys.load([slice('a')]))).toEqual(['9'])
    })
  })
}
