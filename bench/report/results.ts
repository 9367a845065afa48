import { markdownSection, type Section } from './table.ts'
import { wrapped } from './wrapped.ts'

const titleOf = (chunk: string): string => /^### (.*)$/m.exec(chunk)?.[1] ?? ''

/** The whole record: one `header`, all sections. */
export const wholeResults = (header: string, sections: readonly Section[]): string =>
  [wrapped(header), ...sections.map((section) => markdownSection(section))].join('\n\n')

/**
 * The record with some sections measured anew: each with the `header` of this run, in its place by `order` (titles); what else `text` holds
 * stays as it is.
 */
export const mergedResults = (
  text: string,
  header: string,
  sections: readonly Section[],
  order: readonly string[],
): string => {
  const [head = '', ...chunks] = text.split(/^(?=### )/m).map((chunk) => chunk.trim())
  const byTitle = new Map(chunks.map((chunk) => [titleOf(chunk), chunk]))
  for (const section of sections) byTitle.set(section.title, markdownSection(section, header))
  return [head, ...order.flatMap((title) => byTitle.get(title) ?? [])].join('\n\n')
}
