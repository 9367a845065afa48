import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { runCommand } from './command.ts'
import { credentials } from './credentials.ts'
import type { Engine, Progress } from './engine.ts'
import { checkoutId, layout } from './layout.ts'
import { messageOf, untilReady } from './ready.ts'
import { type EngineState, writeSecret } from './state.ts'
import { images, ports } from './versions.ts'

const project = `backscroll-services-${checkoutId}`
const run = promisify(execFile)

const answers = async (args: readonly string[]): Promise<boolean> => {
  try {
    await run('docker', args, { timeout: 10_000 })
    return true
  } catch {
    return false
  }
}

/** Whether a Docker engine answers, not only its client. */
export const dockerAnswers = (): Promise<boolean> => answers(['info'])

/** The same, with compose. */
export const composeAnswers = async (): Promise<boolean> => (await dockerAnswers()) && answers(['compose', 'version'])

/** A dollar is a variable to compose unless it is doubled. */
const literally = (text: string): string => text.replaceAll('$', '$$$$')

const serviceOf = (engine: Engine) => {
  const { port, environment, command } = engine.container(ports[engine.name], credentials())
  return {
    image: images[engine.name],
    environment,
    ...(command !== undefined && { command: command.map(literally) }),
    ports: [`127.0.0.1:${ports[engine.name]}:${port}`],
  }
}

/** Compose reads JSON as well; passwords are in it, so it is a secret. */
const writeComposeFile = (engines: readonly Engine[]): void => {
  const services = Object.fromEntries(engines.map((engine) => [engine.name, serviceOf(engine)]))
  writeSecret(layout.compose, JSON.stringify({ name: project, services }, null, 2))
}

const compose = (args: readonly string[], progress: Progress, doing: string): Promise<void> =>
  runCommand('docker', ['compose', '-f', layout.compose, ...args], { progress, doing, log: 'docker-compose' })

const untilServing = async (engine: Engine): Promise<EngineState> => {
  const url = engine.url(ports[engine.name], credentials())
  const where = () => `docker compose -f ${layout.compose} logs ${engine.name}`
  try {
    await untilReady(engine, url, () => true, where)
    return { status: 'running', by: 'docker', url, version: images[engine.name] }
  } catch (error) {
    return { status: 'failed', reason: messageOf(error) }
  }
}

/** Brings one engine up with docker compose and waits until it serves. The file always names them all, so that one more stops none. */
export const upInDocker = async (engine: Engine, all: readonly Engine[], progress: Progress): Promise<EngineState> => {
  writeComposeFile(all)
  try {
    await compose(['up', '--detach', engine.name], progress, `docker compose up (${images[engine.name]})`)
  } catch (error) {
    return { status: 'failed', reason: messageOf(error) }
  }
  return untilServing(engine)
}

/** With `purge`, its data as well: it is in the container's own volume. */
export const downInDocker = async (engine: Engine, purge: boolean, progress: Progress): Promise<void> => {
  const args = purge ? ['rm', '--stop', '--force', '--volumes', engine.name] : ['stop', engine.name]
  await compose(args, progress, `docker compose ${args[0]}`)
}
