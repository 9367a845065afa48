import { type NeedUse, needNames } from './needs.ts'

const exercised = (uses: readonly NeedUse[]): string[] => {
  const labels = uses.flatMap((use) =>
    'how' in use ? [`${use.need} ${use.version} (${use.how})`.replace('  ', ' ')] : [],
  )
  return [...new Set(labels)]
}

const reasonOf = (need: string, uses: readonly NeedUse[]): string => {
  if (need === 'kurrentdb') return 'only the double of its protocol'
  const missing = uses.flatMap((use) => (use.need === need && 'missing' in use ? [use.missing] : []))
  return missing[0] ?? 'no suite of this run asked for it'
}

/** Says plainly which engines and other programs the suites of a run used, and for each other one why not. */
export const needsReport = (uses: readonly NeedUse[]): string => {
  const used = exercised(uses)
  const others = needNames.filter((name) => !uses.some((use) => use.need === name && 'how' in use))
  const unused = others.map((name) => `  ${name}: ${reasonOf(name, uses)}\n`).join('')
  const first = `exercised: ${used.length === 0 ? 'nothing beyond npm' : used.join(', ')}\n`
  return others.length === 0 ? first : `${first}not exercised:\n${unused}`
}
