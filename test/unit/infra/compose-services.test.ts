import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { images, ports } from '../../../scripts/services/versions.ts'
import { readCompose, readEnginePorts, root, type Service } from './compose-file.ts'

const compose = readCompose()
const services = Object.entries(compose.services)
const image = (name: string) => compose.services[name]?.image

/** It does its work once, and the others wait for its end. */
const isOneShot = ({ restart }: Service) => restart === 'no'
const isOurs = ({ build }: Service) => build !== undefined

/** The names of the services that break a rule. */
const breaking = (rule: (service: Service) => boolean): readonly string[] =>
  services.filter(([, service]) => !rule(service)).map(([name]) => name)

const dependencies = ({ depends_on: on }: Service): readonly (readonly [string, string])[] =>
  Array.isArray(on)
    ? on.map((name) => [name, 'service_started'] as const)
    : Object.entries(on).map(([name, { condition }]) => [name, condition] as const)

const mounts = ({ volumes }: Service) =>
  volumes.map((text) => {
    const [source = '', target = '', mode = 'rw'] = text.split(':')
    return { source, target, mode }
  })

/** A service of our image inherits the Dockerfile's check, of /readyz. */
const checks = ({ healthcheck }: Service) =>
  healthcheck === undefined ? 'as the image' : 'disable' in healthcheck ? 'never' : 'as said'

describe('every service of docker-compose.yml', () => {
  it('has an image of one version', () => {
    expect(breaking(({ image }) => /^[a-z/-]+:(?!latest)[\w.-]*\d[\w.-]*$/.test(image))).toEqual([])
  })

  it('says by a check of its health whether it can be used, or ends by itself', () => {
    const due = (service: Service) => (isOneShot(service) ? 'never' : isOurs(service) ? 'as the image' : 'as said')
    expect(breaking((service) => checks(service) === due(service))).toEqual([])
  })

  it('is started again and bounded in memory, unless it ends by itself', () => {
    expect(breaking((service) => isOneShot(service) || service.mem_limit !== undefined)).toEqual([])
    expect(services.filter(([, service]) => isOneShot(service)).map(([name]) => name)).toEqual([
      'keys',
      'certificates',
      'kurrentdb-user',
    ])
  })

  it('cannot gain privileges, and keeps its logs small', () => {
    expect(breaking(({ security_opt: options }) => options.includes('no-new-privileges:true'))).toEqual([])
    expect(
      breaking(({ logging }) => logging.options['max-size'] === '10m' && logging.options['max-file'] === '3'),
    ).toEqual([])
  })

  it('publishes ports on the loopback address alone', () => {
    expect(breaking(({ ports: published }) => published.every((port) => /^127\.0\.0\.1:\d+:\d+$/.test(port)))).toEqual(
      [],
    )
  })

  it('mounts volumes that are declared, and files that are there, which it cannot change', () => {
    const isThere = ({ source, mode }: ReturnType<typeof mounts>[number]) =>
      source.startsWith('./') ? existsSync(join(root, source)) && mode === 'ro' : source in compose.volumes
    expect(breaking((service) => mounts(service).every(isThere))).toEqual([])
  })

  it('waits for services that can become what it waits for', () => {
    const canBecome = ([name, condition]: readonly [string, string]) => {
      const other = compose.services[name]
      return other !== undefined && (condition === 'service_completed_successfully') === isOneShot(other)
    }
    expect(breaking((service) => dependencies(service).every(canBecome))).toEqual([])
  })

  it('is in networks that are declared, or in none', () => {
    expect(breaking(({ networks }) => networks.every((name) => name in compose.networks))).toEqual([])
    expect(breaking(({ networks, network_mode: mode }) => networks.length > 0 || mode === 'none')).toEqual([])
  })
})

describe('docker-compose.yml as a whole', () => {
  it('declares no volume and no network that nobody uses', () => {
    const used = services.flatMap(([, service]) => mounts(service).map(({ source }) => source))
    expect(Object.keys(compose.volumes).filter((name) => !used.includes(name))).toEqual([])
    const joined = services.flatMap(([, { networks }]) => networks)
    expect(Object.keys(compose.networks).filter((name) => !joined.includes(name))).toEqual([])
  })

  it('gives every port to one service', () => {
    const published = services.flatMap(([, service]) => service.ports.map((port) => port.split(':')[1]))
    expect(new Set(published).size).toBe(published.length)
  })

  it('has the engines in the versions that the tests run with', () => {
    const { s3, ...rest } = images
    expect(image('minio')).toBe(s3)
    for (const [engine, version] of Object.entries(rest)) expect(image(engine), engine).toBe(version)
  })

  it('makes one image of our own, of the version of the package', () => {
    const ours = services.filter(([, service]) => isOurs(service)).map(([, service]) => service.image)
    expect(new Set(ours)).toEqual(new Set([`backscroll:${packageJson.version}`]))
  })

  it('keeps what people reach with a browser or a client away from the engines', () => {
    for (const name of ['edge', 'grafana']) expect(compose.services[name]?.networks).not.toContain('backend')
  })
})

describe('infra/engines.yml', () => {
  it('opens every engine, at the ports of services:up, to this machine alone', () => {
    const opened = Object.fromEntries(Object.entries(readEnginePorts()).map(([name, service]) => [name, service.ports]))
    const inside = { redis: 6379, postgres: 5432, kafka: ports.kafka, mongodb: 27017, s3: 9000, kurrentdb: 2113 }
    const at = (engine: keyof typeof inside) => [`127.0.0.1:${ports[engine]}:${inside[engine]}`]
    const { s3, ...rest } = Object.fromEntries(
      Object.keys(inside).map((name) => [name, at(name as keyof typeof inside)]),
    )
    expect(opened).toEqual({ ...rest, minio: s3 })
  })

  it('opens the port of Kafka that Kafka says it has for processes outside', () => {
    const { KAFKA_LISTENERS, KAFKA_ADVERTISED_LISTENERS } = compose.services.kafka?.environment ?? {}
    expect(KAFKA_LISTENERS).toContain(`HOST://:${ports.kafka}`)
    expect(KAFKA_ADVERTISED_LISTENERS).toContain(`HOST://127.0.0.1:${ports.kafka}`)
  })
})
