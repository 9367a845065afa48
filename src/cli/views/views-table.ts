import type { viewsReport } from '@backscroll/protocol/rest/views-control'
import Table from 'cli-table3'
import type { z } from 'zod'

export type ShownViews = z.output<typeof viewsReport>

const plain = { style: { head: [], border: [] } }

/** A stream's error may quote what is in the log: no part of it may control the terminal. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, ' ').slice(0, 200)

const viewsTable = ({ views, rebuilding }: ShownViews): string => {
  const table = new Table({ head: ['view', 'generation', 'events behind', 'state'], ...plain })
  for (const { view, generation, behind } of views)
    table.push([view, generation, behind, rebuilding.includes(view) ? 'is being rebuilt' : ''])
  return table.toString()
}

const parkedTable = ({ parked, parkedCount }: ShownViews): string => {
  if (parkedCount === 0) return 'No stream is parked.'
  const table = new Table({ head: ['parked stream', 'at revision', 'why'], ...plain })
  for (const { stream, revision, error } of parked) table.push([stream, revision, printable(error)])
  const more = parkedCount - parked.length
  return more > 0 ? `${table}\nand ${more} more.` : table.toString()
}

export const reportTable = (report: ShownViews): string => `${viewsTable(report)}\n${parkedTable(report)}`
