import Table from 'cli-table3'
import type { Row } from './row.ts'
import { wrapped } from './wrapped.ts'

export interface Section {
  readonly name: string
  readonly title: string
  readonly method: string
  readonly rows: readonly Row[]
  /** Why there are no rows. */
  readonly error?: string
}

const head = ['', 'measured', 'floor', 'goal', 'reached']

const reachedText = ({ reached }: Row): string => (reached === undefined ? '' : reached ? 'yes' : 'NO')

const cells = (row: Row): string[] => [row.figure, row.measured, row.floor ?? '', row.goal ?? '', reachedText(row)]

export const terminalTable = (sections: readonly Section[]): string => {
  const table = new Table({ head, style: { head: [], border: [] } })
  for (const { title, rows, error } of sections) {
    table.push([{ colSpan: head.length, content: error === undefined ? title : `${title}: FAILED, ${error}` }])
    for (const row of rows) table.push(cells(row))
  }
  return table.toString()
}

const line = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`

/** `header`: of the run, where it is not that of the whole record. */
export const markdownSection = ({ title, method, rows, error }: Section, header?: string): string => {
  const results =
    error === undefined
      ? [line(head), line(head.map(() => '---')), ...rows.map((row) => line(cells(row)))]
      : [`Failed: ${error}`]
  const run = header === undefined ? [] : [wrapped(header), '']
  return [`### ${title}`, '', wrapped(method), '', ...run, ...results].join('\n')
}
