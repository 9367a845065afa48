import { readFileSync } from 'node:fs'
import type { Plugin } from 'rolldown'

const guide = new URL('../../../docs/guide/client-developers.md', import.meta.url)

/** The first program of a language in the guide for client developers, as it stands there. */
export const guideSample = (language: 'ts' | 'tsx'): string => {
  const found = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(readFileSync(guide, 'utf8'))?.[1]
  if (found === undefined) throw new Error(`The guide has no program in ${language}`)
  return found
}

/** Puts the program in the place of an empty file of the same language. */
export const inPlaceOf = (entry: URL, program: string): Plugin => ({
  name: 'guide-sample',
  load: (id) => (id === entry.pathname ? program : null),
})
