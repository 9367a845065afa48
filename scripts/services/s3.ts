import { mkdirSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { Client } from 'minio'
import { credentials } from './credentials.ts'
import type { Engine, NativeWay } from './engine.ts'
import { buildModule } from './golang.ts'
import { goMissing } from './golang-version.ts'
import { exists, layout } from './layout.ts'
import { nativeVersions } from './versions.ts'

const { minio: version, minioSys } = nativeVersions
const day = version.split('-')[1]?.slice(0, 8) ?? ''

const program = (): string => join(layout.builds, `minio-${day}`)
const data = (): string => join(layout.data, 's3')

const minio: NativeWay = {
  needs: [],
  missing: () => (exists(program()) ? undefined : goMissing()),
  prepare: async (_port, progress) => {
    await buildModule({
      module: 'github.com/minio/minio',
      version,
      package: '.',
      output: program(),
      progress,
      prepare: (_source, go) => go('get', `golang.org/x/sys@${minioSys}`),
    })
    mkdirSync(join(data(), 'drive'), { recursive: true })
    mkdirSync(join(data(), 'certs'), { recursive: true })
  },
  daemon: (port) => ({
    command: program(),
    args: [
      'server',
      '--quiet',
      '--certs-dir',
      join(data(), 'certs'),
      '--address',
      `127.0.0.1:${port}`,
      join(data(), 'drive'),
    ],
    env: {
      MINIO_ROOT_USER: credentials().s3AccessKey,
      MINIO_ROOT_PASSWORD: credentials().s3SecretKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
    },
  }),
  data,
}

export const s3: Engine = {
  name: 's3',
  url: (port, { s3AccessKey, s3SecretKey }) => `http://${s3AccessKey}:${s3SecretKey}@127.0.0.1:${port}`,
  probe: async (url) => {
    const { origin, hostname, port, username, password } = new URL(url)
    const health = await fetch(`${origin}/minio/health/ready`)
    if (!health.ok) throw new Error(`not ready: ${health.status}`)
    // Its own agent, closed at once: a connection that the client leaves open would keep this process from ending.
    const transportAgent = new Agent()
    try {
      const address = {
        endPoint: hostname,
        port: Number(port),
        useSSL: false,
        region: 'us-east-1',
        transportAgent,
        retryOptions: { disableRetry: true },
      }
      await new Client({ ...address, accessKey: username, secretKey: password }).listBuckets()
    } finally {
      transportAgent.destroy()
    }
    return `MinIO ${day}`
  },
  container: (_port, { s3AccessKey, s3SecretKey }) => ({
    port: 9000,
    environment: { MINIO_ROOT_USER: s3AccessKey, MINIO_ROOT_PASSWORD: s3SecretKey, MINIO_BROWSER: 'off' },
    command: ['server', '/data'],
  }),
  native: minio,
}
