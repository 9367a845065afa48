import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../../src/config/config.ts'
import { readCompose, type Service, substituted } from './compose-file.ts'

const compose = readCompose()
const roles = Object.entries(compose.services).filter(([, { command }]) => command?.[0] === '--role')

const passwords = {
  ...{ MONGODB_PASSWORD: 'm0', REDIS_PASSWORD: 'r0', POSTGRES_PASSWORD: 'p0', S3_SECRET_KEY: 's0' },
  ...{ KURRENTDB_PASSWORD: 'k0', KAFKA_PASSWORD: 'b0' },
}

/** The settings that a process reads from its environment, with this .env. */
const settings = ({ environment }: Service, env: Readonly<Record<string, string>> = {}) =>
  loadConfig(
    Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, substituted(`${value}`, { ...passwords, ...env })]),
    ),
  )

const hostsOf = (service: Service) => {
  const { kurrentdb = [], mongodb, redis, postgres, s3, brokers = [] } = settings(service).cluster?.engines ?? {}
  const urls = [...kurrentdb, mongodb, redis, postgres, s3, ...brokers.map((broker) => `kafka://${broker}`)]
  return urls.map((url = '') => new URL(url).host)
}

describe('the roles of docker-compose.yml', () => {
  it('are all that there are, each in a service of its name', () => {
    const known = [...new Set(roles.flatMap(([, service]) => [...(settings(service).cluster?.roles ?? [])]))]
    expect(roles.map(([name]) => name).sort()).toEqual(known.sort())
    for (const [name, { command }] of roles) expect(command).toEqual(['--role', name])
  })

  it.each(roles)('%s has settings that a process accepts, with the engines at their addresses', (_name, service) => {
    const hosts = ['kurrentdb:2113', 'mongodb:27017', 'redis:6379', 'postgres:5432', 'minio:9000', 'kafka:9092']
    expect(hostsOf(service)).toEqual(hosts)
  })

  it.each(roles)('%s comes to the event log and to Kafka over TLS, with a password', (_name, service) => {
    const { kurrentdb = [], kafka } = settings(service).cluster?.engines ?? {}
    const url = new URL(kurrentdb[0] ?? '')
    expect([url.username, url.password, url.searchParams.get('tls'), url.searchParams.get('tlsCAFile')]).toEqual([
      ...['backscroll', 'k0', 'true', '/ca/ca.crt'],
    ])
    expect(kafka).toEqual({
      tls: { caFile: '/ca/ca.crt' },
      user: { mechanism: 'plain', name: 'backscroll', password: 'b0' },
    })
  })

  it.each(roles)('%s takes the settings of .env that the example names', (_name, service) => {
    const env = { BACKSCROLL_PUBLIC_URL: 'https://chat.example.org', BACKSCROLL_REGISTRATION: 'closed' }
    const config = settings(service, { ...env, BACKSCROLL_LOG_LEVEL: 'debug' })
    expect(config.oauth.publicUrl).toBe('https://chat.example.org')
    expect(config.accounts.registration).toBe(false)
    expect(config.logLevel).toBe('debug')
  })

  it.each(roles)('%s starts when all engines answer and the keys are made', (_name, { depends_on: on }) => {
    const healthy = ['kafka', 'kurrentdb', 'minio', 'mongodb', 'postgres', 'redis']
    const expected = Object.fromEntries(healthy.map((name) => [name, { condition: 'service_healthy' }]))
    const ended = { condition: 'service_completed_successfully' }
    expect(on).toEqual({ ...expected, keys: ended, 'kurrentdb-user': ended })
  })

  it.each(roles)('%s can write to no disk, read its keys alone, and has no capabilities', (_name, service) => {
    const { read_only: readOnly, cap_drop: dropped, volumes, tmpfs, user } = service
    expect({ readOnly, dropped, volumes, tmpfs, user }).toEqual({
      readOnly: true,
      dropped: ['ALL'],
      volumes: ['keys:/data/keys:ro', 'ca:/ca:ro'],
      tmpfs: ['/tmp'],
      user: undefined,
    })
  })

  it('are stopped with more patience than they need', () => {
    for (const [, service] of roles)
      expect(Number.parseInt(service.stop_grace_period ?? '', 10) * 1000).toBeGreaterThan(
        settings(service).shutdownGraceMs,
      )
  })

  it('have a second relay that takes over, and a second projector', () => {
    expect(compose.services.relay?.deploy?.replicas).toBe(2)
    expect(compose.services.projector?.deploy?.replicas).toBe(2)
  })

  it('find their keys made by a service that has no network and ends', () => {
    const { keys } = compose.services
    expect(keys?.command).toEqual(['keys', 'create'])
    expect(keys?.network_mode).toBe('none')
    expect(keys?.volumes).toEqual(['keys:/data/keys'])
    expect(keys?.environment).toEqual({})
  })
})
