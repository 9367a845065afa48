import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { runCommand } from './command.ts'
import type { Engine, Progress } from './engine.ts'
import { exists, layout } from './layout.ts'
import { findTool, requireTool } from './tools.ts'
import { nativeVersions } from './versions.ts'

const { kafka: version, kafkaScala: scala, log4j, mavenDependencyPlugin: plugin } = nativeVersions

const data = (): string => join(layout.data, 'kafka')
const jars = (): string => join(layout.builds, `kafka-${version}`)
const settingsPath = (): string => join(data(), 'server.properties')
const loggingPath = (): string => join(data(), 'log4j2.properties')

/** Resolved by Maven, because a broker is some forty jars; the last one is what lets it write a log. */
const pom = `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>backscroll</groupId><artifactId>services</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_${scala}</artifactId><version>${version}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>${log4j}</version>
    </dependency>
  </dependencies>
</project>
`

const fetchJars = async (progress: Progress): Promise<void> => {
  if (exists(jars())) return
  const folder = `${jars()}.new`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'pom.xml'), pom)
  const goal = `org.apache.maven.plugins:maven-dependency-plugin:${plugin}:copy-dependencies`
  const args = ['-B', '-q', '-f', join(folder, 'pom.xml'), goal, `-DoutputDirectory=${folder}`]
  await runCommand(requireTool('mvn'), args, { progress, doing: `fetching Kafka ${version}`, log: 'kafka-maven' })
  renameSync(folder, jars())
}

/** One node that is broker and controller. Topics are made by who needs them, with the partitions that are wanted, never by a typing error. */
const settings = (port: number, controllerPort: number): string => `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=CLIENT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=CLIENT://127.0.0.1:${port}
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=CLIENT
log.dirs=${join(data(), 'log')}
auto.create.topics.enable=false
num.partitions=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
`

const logging = `status=error
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %c{1}: %m%n
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
`

const java = (heap: string, mainClass: string, args: readonly string[]): string[] => {
  const options = [`-Xmx${heap}`, '-XX:+UseSerialGC', `-Dlog4j2.configurationFile=${loggingPath()}`]
  return [...options, '-cp', join(jars(), '*'), mainClass, ...args]
}

const formatStorage = async (progress: Progress): Promise<void> => {
  if (exists(join(data(), 'log', 'meta.properties'))) return
  const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url')
  const args = java('256m', 'kafka.tools.StorageTool', ['format', '--cluster-id', id, '--config', settingsPath()])
  await runCommand(requireTool('java'), args, { progress, doing: 'formatting its storage', log: 'kafka-format' })
}

/** The number of its language, as 17; it prints its settings to standard error. */
const javaVersion = (): number => {
  const { stderr } = spawnSync(requireTool('java'), ['-XshowSettings:properties', '-version'], { encoding: 'utf8' })
  return Number(/java\.specification\.version = (\d+)/.exec(stderr)?.[1] ?? 0)
}

const missing = (): string | undefined => {
  if (findTool('java') === undefined) return 'java is not on this machine (Debian: openjdk-17-jre-headless)'
  if (javaVersion() < 17) return 'java is older than 17'
  if (findTool('mvn') === undefined && !exists(jars())) return 'mvn is not on this machine (Debian: maven)'
  return undefined
}

export const kafka: Engine = {
  name: 'kafka',
  url: (port) => `127.0.0.1:${port}`,
  probe: async (url) => {
    const options = { brokers: [url], logLevel: logLevel.NOTHING, retry: { retries: 0 }, connectionTimeout: 2000 }
    const admin = new Kafka(options).admin()
    try {
      await admin.connect()
      const { brokers } = await admin.describeCluster()
      if (brokers.length === 0) throw new Error('the broker has not registered yet')
      return version
    } finally {
      await admin.disconnect()
    }
  },
  container: (port) => ({
    port: 19_092,
    environment: {
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_LISTENERS: 'CLIENT://:19092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: `CLIENT://127.0.0.1:${port}`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_INTER_BROKER_LISTENER_NAME: 'CLIENT',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_HEAP_OPTS: '-Xmx512m',
    },
  }),
  native: {
    needs: [],
    missing,
    prepare: async (port, progress) => {
      await fetchJars(progress)
      mkdirSync(data(), { recursive: true })
      writeFileSync(settingsPath(), settings(port, port + 1))
      writeFileSync(loggingPath(), logging)
      await formatStorage(progress)
    },
    daemon: () => ({ command: requireTool('java'), args: java('512m', 'kafka.Kafka', [settingsPath()]) }),
    data,
  },
}
