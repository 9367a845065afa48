import { parseArgs } from 'node:util'
import { down } from './down.ts'
import { help } from './help.ts'
import { createFolders } from './layout.ts'
import { withLock } from './lock.ts'
import { messageOf } from './ready.ts'
import { asJson, asText } from './report.ts'
import type { ServicesState } from './state.ts'
import { status } from './status.ts'
import { up } from './up.ts'
import { type EngineName, engineNames } from './versions.ts'

/** A wrong command line: its message is for the one who typed it. */
class UsageError extends Error {}

const isEngine = (name: string): name is EngineName => engineNames.some((engine) => engine === name)

const namesOf = (only: string | undefined): readonly EngineName[] => {
  if (only === undefined) return engineNames
  const names = only.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => !isEngine(name))
  if (unknown.length > 0) throw new UsageError(`--only knows ${engineNames.join(', ')}, not ${unknown.join(', ')}`)
  return names.filter(isEngine)
}

const parse = () => {
  const flag = { type: 'boolean', default: false } as const
  const options = { only: { type: 'string' }, json: flag, purge: flag, help: { ...flag, short: 'h' } } as const
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options })
    return { ...values, command: positionals.join(' ') }
  } catch (error) {
    throw new UsageError(messageOf(error))
  }
}

/** Progress goes to standard error, so that standard output holds the outcome alone. */
const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

const failures = (state: ServicesState): number =>
  Object.values(state).filter((engine) => engine?.status === 'failed').length

const main = async (): Promise<number> => {
  const { command, only, json, purge, help: wantsHelp } = parse()
  if (wantsHelp || command === '' || command === 'help') {
    process.stdout.write(help)
    return 0
  }
  const names = namesOf(only)
  createFolders()
  const show = (state: ServicesState): number => {
    process.stdout.write(json ? asJson(names, state) : asText(names, state))
    return failures(state) === 0 ? 0 : 1
  }
  if (command === 'up') return show(await withLock(say, () => up(names, say)))
  if (command === 'status') return show(await status(names))
  if (command !== 'down') throw new UsageError(`unknown command: ${command}`)
  await withLock(say, () => down(names, purge, say))
  return show(await status(names))
}

try {
  process.exitCode = await main()
} catch (error) {
  say(
    error instanceof UsageError
      ? `${error.message}\nnode scripts/services/main.ts --help says what there is.`
      : messageOf(error),
  )
  process.exitCode = error instanceof UsageError ? 2 : 1
}
