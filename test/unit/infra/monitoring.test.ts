import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes } from '@backscroll/protocol/errors'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createMetrics } from '../../../src/observability/metrics.ts'
import { readCompose, readProject, readYaml, root } from './compose-file.ts'
import { readQuery } from './promql.ts'

const { services } = readCompose()

const seriesOf = ({ name, type }: { readonly name: string; readonly type: string }): readonly string[] =>
  type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => `${name}${suffix}`) : [name]

/** What a process of ours shows, what Prometheus adds, and the one metric of KurrentDB that is used (it is on by default). */
const known = new Set([
  ...(await createMetrics().registry.getMetricsAsJSON()).flatMap((metric) =>
    seriesOf({ name: metric.name, type: `${metric.type}` }),
  ),
  ...['up', 'ALERTS', 'kurrentdb_sys_disk_bytes'],
])

const group = z.strictObject({
  name: z.string(),
  rules: z.array(
    z.strictObject({
      alert: z.string(),
      expr: z.string(),
      for: z
        .string()
        .regex(/^\d+m$/)
        .optional(),
      labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
      annotations: z.strictObject({ summary: z.string(), action: z.string() }),
    }),
  ),
})
const alerts = z
  .strictObject({ groups: z.array(group) })
  .parse(readYaml('infra/prometheus/alerts.yml'))
  .groups.flatMap(({ rules }) => rules)

const panel = z.looseObject({
  id: z.int(),
  type: z.enum(['row', 'stat', 'timeseries']),
  title: z.string(),
  datasource: z.strictObject({ type: z.literal('prometheus'), uid: z.string() }).optional(),
  gridPos: z.strictObject({ h: z.int(), w: z.int(), x: z.int(), y: z.int() }),
  targets: z.array(z.looseObject({ expr: z.string(), datasource: z.looseObject({ uid: z.string() }) })).default([]),
})
const dashboards = readdirSync(join(root, 'infra/grafana/dashboards')).map((name) =>
  z
    .looseObject({ uid: z.string(), title: z.string(), panels: z.array(panel) })
    .parse(JSON.parse(readProject(`infra/grafana/dashboards/${name}`))),
)
const panels = dashboards.flatMap((dashboard) => dashboard.panels)
const charts = panels.filter(({ type }) => type !== 'row')

const expressions = [
  ...alerts.map(({ expr }) => expr),
  ...charts.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
]

const prometheus = z
  .looseObject({
    rule_files: z.array(z.string()),
    scrape_configs: z.array(
      z.looseObject({
        job_name: z.string(),
        dns_sd_configs: z.array(z.looseObject({ names: z.array(z.string()), port: z.int() })).default([]),
        static_configs: z.array(z.strictObject({ targets: z.array(z.string()) })).default([]),
      }),
    ),
  })
  .parse(readYaml('infra/prometheus/prometheus.yml'))

const roles = Object.entries(services)
  .filter(([, { command }]) => command?.[0] === '--role')
  .map(([name]) => name)

const jobs = prometheus.scrape_configs.map(({ job_name: name }) => name)

describe('every query of the alerts and the dashboard', () => {
  it('is PromQL', () => {
    expect(expressions.map((text) => ({ text, at: readQuery(text).mistakeAt })).filter(({ at }) => at)).toEqual([])
    expect(readQuery('sum(rate(x[5m])').mistakeAt).toBeDefined()
  })

  it('asks for metrics that there are', () => {
    expect(expressions.length).toBeGreaterThan(40)
    for (const text of expressions) {
      const { metrics } = readQuery(text)
      expect(metrics.length, text).toBeGreaterThan(0)
      expect(
        metrics.filter((name) => !known.has(name)),
        text,
      ).toEqual([])
    }
  })

  it('asks for roles, jobs and outcomes that there are', () => {
    const possible: Readonly<Record<string, readonly string[]>> = {
      role: roles,
      job: jobs,
      outcome: [...errorCodes, 'accepted', 'duplicate'],
    }
    const matchers = expressions.flatMap((text) => readQuery(text).matchers)
    for (const [label, allowed] of Object.entries(possible)) {
      const asked = matchers.filter((matcher) => matcher.label === label).flatMap(({ values }) => values)
      expect(asked.length, label).toBeGreaterThan(0)
      expect(
        asked.filter((value) => !allowed.includes(value)),
        label,
      ).toEqual([])
    }
  })
})

describe('alerts', () => {
  it('have names of their own, and each is raised in a test', () => {
    const names = alerts.map(({ alert }) => alert)
    expect(new Set(names).size).toBe(names.length)
    const tests = readProject('test/unit/infra/alerts.promtool.yml')
    const tested = new Set([...tests.matchAll(/alertname="(\w+)"/g)].map(([, name]) => name))
    expect(names.filter((name) => !tested.has(name))).toEqual([])
  })

  const promtool = (...args: readonly string[]) => spawnSync('promtool', args, { cwd: root, encoding: 'utf8' })
  it.skipIf(promtool('--version').status !== 0)('are raised by what they are for alone (needs promtool)', () => {
    expect(promtool('check', 'config', 'infra/prometheus/prometheus.yml')).toMatchObject({ status: 0, stderr: '' })
    expect(promtool('test', 'rules', 'test/unit/infra/alerts.promtool.yml')).toMatchObject({ status: 0, stderr: '' })
  })
})

describe('Prometheus', () => {
  it('asks every role, by the name of its service, and KurrentDB', () => {
    const [ours] = prometheus.scrape_configs.flatMap(({ dns_sd_configs: found }) => found)
    expect(ours?.names.toSorted()).toEqual(roles.toSorted())
    expect(ours?.port).toBe(8080)
    expect(prometheus.scrape_configs.flatMap(({ static_configs: fixed }) => fixed)).toContainEqual({
      targets: ['kurrentdb:2113'],
    })
  })

  it('finds its rules where they are mounted', () => {
    const mounted = services.prometheus?.volumes.map((text) => text.split(':')[1])
    for (const name of prometheus.rule_files) expect(mounted).toContain(`/etc/prometheus/${name}`)
  })
})

describe('Grafana', () => {
  it('shows the dashboard from the data source that it is given', () => {
    const { datasources } = z
      .looseObject({ datasources: z.array(z.looseObject({ uid: z.string(), url: z.string() })) })
      .parse(readYaml('infra/grafana/provisioning/datasources/prometheus.yml'))
    expect(datasources).toMatchObject([{ uid: 'prometheus', url: 'http://prometheus:9090' }])
    const used = charts.flatMap(({ datasource, targets }) => [
      datasource?.uid,
      ...targets.map((one) => one.datasource.uid),
    ])
    expect(new Set(used)).toEqual(new Set(['prometheus']))
  })

  it('finds the dashboards where they are mounted', () => {
    const { providers } = z
      .looseObject({ providers: z.array(z.looseObject({ options: z.strictObject({ path: z.string() }) })) })
      .parse(readYaml('infra/grafana/provisioning/dashboards/backscroll.yml'))
    const mounted = services.grafana?.volumes.find((text) => text.startsWith('./infra/grafana/dashboards'))
    expect(mounted).toContain(`:${providers[0]?.options.path}:ro`)
    const home = services.grafana?.environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH
    expect(home).toBe(`${providers[0]?.options.path}/backscroll.json`)
  })

  it('lays the panels side by side, never over one another', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)}/${y + Math.floor(index / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true)
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  })
})
