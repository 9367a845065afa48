import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

export const root = resolve(import.meta.dirname, '../../..')

const scalar = z.union([z.string(), z.number()])
const duration = z.string().regex(/^\d+s$/)
const memory = z.string().regex(/^\d+[mg]$/)

const check = z.strictObject({
  test: z.tuple([z.enum(['CMD', 'CMD-SHELL']), z.string()], z.string()),
  interval: duration,
  timeout: duration,
  retries: z.int(),
  start_period: duration,
})

const condition = z.strictObject({
  condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
})

/** What this project uses of the Compose specification, and no other key: Compose ignores nothing, and neither does this. */
const service = z.strictObject({
  image: z.string(),
  build: z.literal('.').optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  user: z.string().optional(),
  environment: z.record(z.string(), scalar).default({}),
  restart: z.enum(['unless-stopped', 'no']),
  read_only: z.boolean().default(false),
  tmpfs: z.array(z.string()).optional(),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  logging: z.strictObject({ driver: z.string(), options: z.record(z.string(), z.string()) }),
  stop_grace_period: duration.optional(),
  mem_limit: memory.optional(),
  shm_size: memory.optional(),
  pids_limit: z.int().optional(),
  ulimits: z.strictObject({ nofile: z.int() }).optional(),
  deploy: z.strictObject({ replicas: z.int().min(1) }).optional(),
  network_mode: z.literal('none').optional(),
  networks: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  healthcheck: z.union([check, z.strictObject({ disable: z.literal(true) })]).optional(),
  depends_on: z.union([z.array(z.string()), z.record(z.string(), condition)]).default([]),
})

export type Service = z.output<typeof service>

const composeFile = z
  .object({
    name: z.string(),
    services: z.record(z.string(), service),
    networks: z.record(z.string(), z.strictObject({})),
    volumes: z.record(z.string(), z.strictObject({})),
  })
  .catchall(z.unknown())
  .refine((file) => Object.keys(file).every((key) => key.startsWith('x-') || key in fileKeys), 'has an unknown key')

const fileKeys = { name: true, services: true, networks: true, volumes: true }

export const readProject = (path: string): string => readFileSync(join(root, path), 'utf8')

export const readYaml = (path: string): unknown => parse(readProject(path), { merge: true })

export const readCompose = () => composeFile.parse(readYaml('docker-compose.yml'))

const portsFile = z.strictObject({
  services: z.record(z.string(), z.strictObject({ ports: z.array(z.string()) })),
})

/** infra/engines.yml: the ports that it adds to the engines. */
export const readEnginePorts = () => portsFile.parse(readYaml('infra/engines.yml')).services

const variable = /(?<!\$)\$\{(\w+)(?::?([-?])([^}]*))?\}/g

/** Every `${NAME...}` of a text, with what follows the name. */
export const variablesIn = (text: string) =>
  [...text.matchAll(variable)].map(([, name = '', operator = '', rest = '']) => ({ name, operator, rest }))

/** As Compose fills it in. */
export const substituted = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(variable, (_, name: string, operator = '', rest = '') => values[name] || (operator === '-' ? rest : ''))
