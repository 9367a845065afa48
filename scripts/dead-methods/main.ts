/**
 * `knip` sees exports. This looks at the functions that objects offer: those that neither the sources nor the examples call are told, and only tests, or nobody,
 * can be their callers. What is offered to applications is not looked at.
 */
import { findDeadMethods } from './find.ts'

/** Each with a reason. */
const allowed: Readonly<Record<string, string>> = {
  'TimerWheel.advance': 'what its own timer does, for tests that have a clock of their own',
}

const dead = findDeadMethods(process.cwd())
const names = new Set(dead.map(({ name }) => name))
const told = [
  ...dead.filter(({ name }) => !(name in allowed)).map(({ place, name }) => `${place} ${name} is called by no source`),
  ...Object.keys(allowed).flatMap((name) => (names.has(name) ? [] : [`${name} is allowed, and not dead`])),
]
for (const line of told) console.error(line)
process.exitCode = told.length === 0 ? 0 : 1
