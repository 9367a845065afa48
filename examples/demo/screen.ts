/** What the demo prints: headings, one line per thing that a device sees, and tables. */
const color = process.stdout.isTTY && process.env.NO_COLOR === undefined
const paint = (code: number, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text)

export const bold = (text: string): string => paint(1, text)
export const dim = (text: string): string => paint(2, text)
export const green = (text: string): string => paint(32, text)

export const say = (text = ''): void => void process.stdout.write(`${text}\n`)
export const heading = (number: number, text: string): void => say(`\n${bold(`${number}. ${text}`)}`)
export const line = (device: string, text: string): void => say(`   ${dim(device.padEnd(13))} ${text}`)

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): void => {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)))
  const format = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')
  say(`   ${dim(format(head))}`)
  for (const row of rows) say(`   ${format(row)}`)
}

/** The demo proves what it shows: a step that did not happen ends it with an error. */
export const check = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`the demo failed: ${what}`)
  say(`   ${green('ok')} ${what}`)
}
