/** `text` without characters beyond ASCII; JSON text keeps its meaning. */
export const ascii = (text: string): string => (Buffer.byteLength(text) === text.length ? text : escaped(text))

const escaped = (text: string): string =>
  text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
