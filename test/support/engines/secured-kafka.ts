import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../../bench/process/free-port.ts'
import { layout } from '../../../scripts/services/layout.ts'
import { nativeVersions } from '../../../scripts/services/versions.ts'
import type { TestCertificate } from './test-certificate.ts'

const jars = join(layout.builds, `kafka-${nativeVersions.kafka}`)

/** What `npm run services:up` has fetched. */
export const hasKafkaJars = existsSync(jars) && spawnSync('java', ['-version']).status === 0

/** A Kafka of the test's own: its clients come over TLS, and show a name and a password. */
export interface SecuredKafka {
  /** `localhost:port`. */
  readonly broker: string
  readonly user: { readonly name: string; readonly password: string }
  stop(): Promise<void>
}

const user = { name: 'backscroll', password: 'not-for-others' }

const oneLine = (pem: Buffer): string => pem.toString('utf8').trim().replaceAll('\n', '\\n')

const settings = (folder: string, port: number, controller: number, { key, cert }: TestCertificate): string => `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=CLIENT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=CLIENT://localhost:${port}
listener.security.protocol.map=CLIENT:SASL_SSL,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=CLIENT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.client.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="${user.name}" password="${user.password}" user_${user.name}="${user.password}";
listener.name.client.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.client.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.key=${oneLine(key)}
ssl.keystore.certificate.chain=${oneLine(cert)}
ssl.truststore.type=PEM
ssl.truststore.certificates=${oneLine(cert)}
log.dirs=${join(folder, 'log')}
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
`

const java = (mainClass: string, args: readonly string[]): string[] => [
  ...['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', join(jars, '*'), mainClass],
  ...args,
]

const format = (path: string): void => {
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${user.name},password=${user.password}]`,
  ])
  const args = ['format', '--cluster-id', 'YmFja3Njcm9sbC10ZXN0cw', '--config', path, ...scram]
  const { status, stderr } = spawnSync('java', java('kafka.tools.StorageTool', args), { encoding: 'utf8' })
  if (status !== 0) throw new Error(`Kafka's storage cannot be formatted: ${stderr}`)
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

const untilOpen = async (child: ChildProcess, port: number): Promise<void> => {
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`Kafka ended with ${child.exitCode}`)
    await sleep(100)
  }
}

export const startSecuredKafka = async (folder: string, certificate: TestCertificate): Promise<SecuredKafka> => {
  const [port, controller] = [await freePort(), await freePort()]
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'server.properties')
  writeFileSync(path, settings(folder, port, controller, certificate))
  format(path)
  const child = spawn('java', java('kafka.Kafka', [path]), { stdio: 'ignore' })
  await untilOpen(child, port)
  return {
    broker: `localhost:${port}`,
    user,
    async stop() {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
