import Table from 'cli-table3'

export const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ')

/**
 * Makes text safe to print, because users choose it: it can neither control the terminal nor reverse the cells beside
 * it. Line breaks are kept, and the joiners that some scripts need.
 */
const printable = (text: string): string => text.replace(/[^\P{Cc}\n]|(?![\u200c\u200d])\p{Cf}|[\u2028\u2029]/gu, ' ')

export const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const table = new Table({ head: [...head], style: { head: [], border: [] } })
  for (const row of rows) table.push(row.map(printable))
  return table.toString()
}
