/** Letters to put in, leave out, replace, or swap with their neighbour (optimal string alignment). */
const distance = (a: string, b: string): number => {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same, swapped))
    }
  }
  return at(a.length, b.length)
}

/** Longer names than any that is known are not looked at: what an environment holds may be of any length. */
const longest = 60

/** Which of these was meant; undefined where none is near: a third of the letters may be others. */
export const nearestName = (name: string, known: Iterable<string>, prefix: string): string | undefined => {
  if (name.length > longest) return undefined
  const rest = name.slice(prefix.length)
  let best: { readonly name: string; readonly distance: number } | undefined
  for (const candidate of known) {
    const found = distance(rest, candidate.slice(prefix.length))
    if (found < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { name: candidate, distance: found }
  }
  return best !== undefined && best.distance <= Math.max(1, rest.length / 3) ? best.name : undefined
}
