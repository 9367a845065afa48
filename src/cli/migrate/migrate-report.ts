import Table from 'cli-table3'

/** One thing that was counted or hashed on both sides. */
export interface Check {
  readonly what: string
  readonly source: number
  readonly target: number
  readonly same: boolean
  /** The first difference. */
  readonly differing?: readonly string[]
}

export interface MigrationResult {
  readonly ok: boolean
  readonly epoch: { readonly source: string; readonly target: string }
  /** By this run; an earlier one may have copied the rest. */
  readonly copied: { readonly events: number; readonly rows: number; readonly blobs: number; readonly files: number }
  readonly checks: readonly Check[]
}

const shown = 5

/** Some of the differences, for the reader. */
const exampleOf = ({ differing = [] }: Check): string =>
  [...differing.slice(0, shown), ...(differing.length > shown ? [`and ${differing.length - shown} more`] : [])].join(
    '\n',
  )

const verdictOf = (check: Check): string => (check.same ? 'same' : `DIFFERS\n${exampleOf(check)}`.trimEnd())

export const reportText = ({ ok, copied, checks }: MigrationResult): string => {
  const table = new Table({ head: ['what', 'embedded', 'cluster', 'result'], style: { head: [], border: [] } })
  for (const check of checks) table.push([check.what, check.source, check.target, verdictOf(check)])
  const end = ok
    ? 'Everything is there. Start the cluster on these engines, with the same keys (the folder keys of the data directory); devices load a snapshot when they come back.'
    : 'Something differs: do not start the cluster on it.'
  return `${table}\nCopied by this run: ${copied.events} events, ${copied.rows} rows, ${copied.blobs} blobs, ${copied.files} files.\n${end}\n`
}
