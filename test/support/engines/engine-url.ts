import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { answers } from '../../../scripts/services/answers.ts'
import type { ServicesState } from '../../../scripts/services/state.ts'
import { type EngineName, images } from '../../../scripts/services/versions.ts'
import { recordNeed, refuseMissing } from '../report/needs.ts'

export type { EngineName }

const variables: Record<EngineName, string> = {
  redis: 'BACKSCROLL_TEST_REDIS_URL',
  postgres: 'BACKSCROLL_TEST_POSTGRES_URL',
  kafka: 'BACKSCROLL_TEST_KAFKA_BROKERS',
  mongodb: 'BACKSCROLL_TEST_MONGODB_URL',
  s3: 'BACKSCROLL_TEST_S3_URL',
  kurrentdb: 'KURRENTDB_URL',
}

type Engine = { url: string; how: string; version: string }

const servicesState = (): ServicesState => {
  const path = join(import.meta.dirname, '..', '..', '..', '.services', 'state.json')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

/** An engine that should run and does not is an error: a suite that skipped itself for it would hide that. */
const fromServices = async (name: EngineName): Promise<Engine | string> => {
  const state = servicesState()[name]
  if (state === undefined) return 'npm run services:up starts it'
  if (state.status !== 'running') return state.reason
  if (await answers(state.url)) return { url: state.url, how: state.by, version: state.version }
  throw new Error(
    `${name} was started by services:up and does not answer: npm run services:up, or services:down to do without`,
  )
}

const fromDocker = async (name: EngineName, otherwise: string): Promise<Engine | string> => {
  const { startContainer } = await import('./containers.ts')
  const url = await startContainer(name)
  return url === undefined ? otherwise : { url, how: 'testcontainers', version: images[name] }
}

const find = async (name: EngineName): Promise<Engine | string> => {
  const url = process.env[variables[name]]
  if (url !== undefined && url !== '') return { url, how: variables[name], version: '' }
  const started = await fromServices(name)
  return typeof started === 'string' ? fromDocker(name, started) : started
}

const findAndRecord = async (name: EngineName): Promise<string | undefined> => {
  const found = await find(name)
  if (typeof found === 'string') {
    recordNeed({ need: name, missing: found })
    refuseMissing(name, found)
    return undefined
  }
  recordNeed({ need: name, how: found.how, version: found.version })
  return found.url
}

const found = new Map<EngineName, Promise<string | undefined>>()

/**
 * Where a real engine for a suite is, with credentials; undefined when this machine has none, and then the suite is skipped. From the
 * environment, or else what `npm run services:up` started, or else a container where a Docker engine answers. Asked once a file, and told to the reporter, which names the engines
 * that were exercised. Rejects when an engine should run and does not answer, and when a required one is missing.
 */
export const engineUrl = (name: EngineName): Promise<string | undefined> => {
  const answer = found.get(name) ?? findAndRecord(name)
  found.set(name, answer)
  return answer
}
