import Table from 'cli-table3'
import { printable } from '../views/views-table.ts'

export const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ')

/** No part of a cell can control the terminal. */
export const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const table = new Table({ head: [...head], style: { head: [], border: [] } })
  for (const row of rows) table.push(row.map(printable))
  return table.toString()
}
