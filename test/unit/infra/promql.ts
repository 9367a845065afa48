import { parser } from '@prometheus-io/lezer-promql'

export interface Query {
  /** Names of metrics that it selects. */
  readonly metrics: readonly string[]
  /** What it asks of labels: `role=~"api|gateway"` is the label role with two values. */
  readonly matchers: readonly { readonly label: string; readonly values: readonly string[] }[]
  /** Undefined when it can be parsed. */
  readonly mistakeAt: string | undefined
}

/** What a PromQL expression asks for. Grafana's variable for a range counts as one. */
export const readQuery = (expression: string): Query => {
  const text = expression.replaceAll('$__rate_interval', '5m')
  const metrics: string[] = []
  const labels: string[] = []
  const values: string[][] = []
  let mistakeAt: string | undefined
  parser.parse(text).iterate({
    enter: ({ type, from, to, node }) => {
      const own = text.slice(from, to)
      if (type.isError) mistakeAt ??= text.slice(Math.max(0, from - 20), from + 20)
      if (type.name === 'Identifier') metrics.push(own)
      if (type.name === 'LabelName' && node.parent?.name === 'UnquotedLabelMatcher') labels.push(own)
      if (type.name === 'StringLiteral' && node.parent?.name === 'UnquotedLabelMatcher')
        values.push(own.slice(1, -1).split('|'))
    },
  })
  return { metrics, matchers: labels.map((label, index) => ({ label, values: values[index] ?? [] })), mistakeAt }
}
