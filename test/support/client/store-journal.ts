import { crc32 } from 'node:zlib'

const sumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0')

/** The journal in which earlier versions kept a store: one line a record, each write with a number. Undefined deletes a key. */
export const journalOf = (writes: readonly Readonly<Record<string, unknown>>[]): string =>
  writes
    .flatMap((values, write) =>
      Object.entries(values).map(([key, value], index, all) => {
        const json = value === undefined ? '' : JSON.stringify(value)
        const mark = index === all.length - 1 ? '.' : '+'
        const told = `${sumOf(json)}\t${write}\t${mark}\t${JSON.stringify(key)}`
        return `${sumOf(told)}\t${told}\t${json}\n`
      }),
    )
    .join('')

/** And the form before that: one line a write. */
export const oldJournalOf = (writes: readonly (readonly (readonly [string, unknown?])[])[]): string =>
  writes
    .map((pairs) => {
      const text = JSON.stringify(pairs)
      return `${sumOf(text)} ${text}\n`
    })
    .join('')
