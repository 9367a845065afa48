/** Text that is HTML already. Everything else that enters a template is escaped. */
export interface Html {
  readonly html: string
}

type Part = Html | string | number | undefined | readonly Html[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '')

const isList = (part: Part): part is readonly Html[] => Array.isArray(part)

const shown = (part: Part): string => {
  if (part === undefined) return ''
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part))
  return isList(part) ? part.map(({ html }) => html).join('') : part.html
}

/** A template whose values are escaped, in text and in quoted attributes. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: texts.map((text, index) => `${text}${shown(parts[index])}`).join(''),
})
