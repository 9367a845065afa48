import { engineNames } from '../../scripts/services/versions.ts'
import type { EngineUse } from './engines.ts'

const exercised = (uses: readonly EngineUse[]): string[] => {
  const labels = uses.flatMap((use) =>
    'how' in use ? [`${use.engine} ${use.version} (${use.how})`.replace('  ', ' ')] : [],
  )
  return [...new Set(labels)]
}

const reasonOf = (engine: string, uses: readonly EngineUse[]): string => {
  if (engine === 'kurrentdb') return 'only the double of its protocol'
  const missing = uses.flatMap((use) => (use.engine === engine && 'missing' in use ? [use.missing] : []))
  return missing[0] ?? 'no suite of this run asked for it'
}

/** Says plainly which engines the suites of a run used, and for each other one why not. */
export const engineReport = (uses: readonly EngineUse[]): string => {
  const used = exercised(uses)
  const others = engineNames.filter((name) => !uses.some((use) => use.engine === name && 'how' in use))
  const unused = others.map((name) => `  ${name}: ${reasonOf(name, uses)}\n`).join('')
  const first = `engines exercised: ${used.length === 0 ? 'none' : used.join(', ')}\n`
  return others.length === 0 ? first : `${first}engines not exercised:\n${unused}`
}
