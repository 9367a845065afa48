import { describe, expect, test } from 'vitest'
import { mergedResults, wholeResults } from '../../../bench/report/results.ts'
import { goalRow, median, number, percentile } from '../../../bench/report/row.ts'
import { markdownSection, terminalTable } from '../../../bench/report/table.ts'

describe('figures', () => {
  test('the median is the middle value, or halfway between the two', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
  })

  test('a percentile is a value that was measured', () => {
    const values = Array.from({ length: 100 }, (_, index) => index)
    expect(percentile(values, 50)).toBe(50)
    expect(percentile(values, 99)).toBe(99)
  })

  test('large numbers lose their fraction, small ones keep two digits', () => {
    expect([number(12_345.6, ''), number(123.4, 'us'), number(12.34, 'us'), number(1.234, 'times')]).toEqual([
      '12,346',
      '123 us',
      '12.3 us',
      '1.23 times',
    ])
  })
})

describe('goals', () => {
  test('a figure at its bound has reached it', () => {
    expect(goalRow('a', 20, 'KiB', { atMost: 20 }).reached).toBe(true)
    expect(goalRow('a', 20, '', { atLeast: 20 }).reached).toBe(true)
  })

  test('a figure beyond its bound, or one that is not a number, has not', () => {
    expect(goalRow('a', 20.01, 'KiB', { atMost: 20 }).reached).toBe(false)
    expect(goalRow('a', 19, '', { atLeast: 20 }).reached).toBe(false)
    expect(goalRow('a', Number.NaN, '', { atLeast: 20 }).reached).toBe(false)
  })
})

describe('the report', () => {
  const rows = [goalRow('Speed', 10, 'km/h', { atLeast: 20 }), { figure: 'Weight', measured: '3 kg' }]
  const section = { name: 'one', title: 'One thing', method: 'With a ruler.', rows }

  test('shows what falls short as plainly as what does not', () => {
    expect(markdownSection(section)).toContain('| Speed | 10.0 km/h |  | at least 20.0 km/h | NO |')
    expect(terminalTable([section])).toContain('NO')
  })

  test('has lines of at most 115 columns but for its tables', () => {
    const method = Array.from({ length: 100 }, () => 'carefully').join(' ')
    const text = wholeResults(method, [{ ...section, method }])
    const lines = text.split('\n').filter((line) => !line.startsWith('|'))
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(115)
    expect(text.replaceAll('\n', ' ')).toContain(method)
  })

  test('a bench that failed is in it, with its reason', () => {
    const failed = { ...section, rows: [], error: 'Error: no disk' }
    expect(markdownSection(failed)).toContain('Failed: Error: no disk')
    expect(terminalTable([failed])).toContain('FAILED')
  })
})

describe('the record of all benches', () => {
  const section = (title: string, measured: string) => ({
    ...{ name: title, title, method: 'How.' },
    rows: [{ figure: 'Weight', measured }],
  })
  const whole = wholeResults('first run', [section('A', '1 kg'), section('C', '3 kg')])

  test('a section that is measured again takes its old place, says which run it is of, and leaves the others alone', () => {
    const merged = mergedResults(whole, 'second run', [section('A', '4 kg')], ['A', 'B', 'C'])
    expect(merged).not.toContain('1 kg')
    expect(merged.split('\n\n').filter((part) => !part.startsWith('|'))).toEqual([
      ...['first run', '### A', 'How.', 'second run', '### C', 'How.'],
    ])
    expect(merged.indexOf('4 kg')).toBeLessThan(merged.indexOf('3 kg'))
  })

  test('a new section goes where it runs', () => {
    const merged = mergedResults(whole, 'second run', [section('B', '2 kg')], ['A', 'B', 'C'])
    expect(merged.match(/\d kg/g)).toEqual(['1 kg', '2 kg', '3 kg'])
  })

  test('a section that no bench makes any more is dropped', () => {
    expect(mergedResults(whole, 'second run', [], ['A'])).not.toContain('3 kg')
  })
})
