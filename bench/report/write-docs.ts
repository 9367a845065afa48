import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const path = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url))
const [begin, end] = ['<!-- results:begin -->', '<!-- results:end -->']

/** Replaces what is between the markers of docs/benchmarks.md by what `change` makes of it. */
export const writeDocs = async (change: (results: string) => string): Promise<void> => {
  const text = await readFile(path, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${path} has no lines ${begin} and ${end}`)
  const results = change(text.slice(from + begin.length, to))
  await writeFile(path, `${text.slice(0, from)}${begin}\n\n${results}\n\n${text.slice(to)}`)
}
