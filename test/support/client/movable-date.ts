/**
 * Loaded before a program (`node --import`): its date is ahead by what the file that `DATE_FILE` names says, milliseconds. So a machine's clock is set while the
 * program runs.
 */
import { readFileSync } from 'node:fs'

const RealDate = Date
const file = process.env.DATE_FILE ?? ''
const now = (): number => RealDate.now() + (Number(readFileSync(file, 'utf8')) || 0)

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given) => Reflect.construct(target, given.length === 0 ? [now()] : given, target),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
})
