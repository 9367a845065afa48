import Table from 'cli-table3'

export const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ')

/** Makes text safe to print, because users choose it: it cannot control the terminal. Line breaks are kept. */
const printable = (text: string): string => text.replace(/[^\P{Cc}\n]/gu, ' ')

export const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const table = new Table({ head: [...head], style: { head: [], border: [] } })
  for (const row of rows) table.push(row.map(printable))
  return table.toString()
}
