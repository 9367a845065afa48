import type { ServerHttp2Session } from 'node:http2'
import gossipService from '@eventstore/db-client/generated/gossip_grpc_pb.js'
import gossips from '@eventstore/db-client/generated/gossip_pb.js'
import featuresService from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js'
import features from '@eventstore/db-client/generated/serverfeatures_pb.js'
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js'
import { Server, ServerCredentials, type sendUnaryData, status } from '@grpc/grpc-js'
import { createBatchAppend } from './batch-append.ts'
import { createEventStore, type EventStore, type StoreOptions } from './event-store.ts'
import { createFaults, type Faults } from './faults.ts'
import { openJournal } from './journal.ts'
import { createReadCall, type ReadDeps } from './read-call.ts'
import { createRights, noRights, type User } from './rights.ts'
import { createWriteCalls } from './write-calls.ts'

/**
 * A server that speaks the protocol of EventStoreDB and KurrentDB to the unmodified client. It follows the real one in its rules for
 * expectations, repeated appends, positions, limits and system events; it proves nothing about the real one.
 */
export interface KurrentDouble {
  /** With the name and password of the first of its users. */
  readonly url: string
  readonly host: string
  readonly port: number
  readonly store: EventStore
  readonly faults: Faults
  /** How many messages reads and subscriptions were sent. */
  sent(): number
  /** How many subscriptions were begun. */
  subscriptions(): number
  /** How many calls with appends were begun. */
  batches(): number
  /** Cuts all connections and refuses new ones until `accept`. The events stay. */
  refuse(): Promise<void>
  accept(): Promise<void>
  close(): Promise<void>
}

export interface DoubleOptions extends StoreOptions {
  /** Any free one by default. */
  readonly port?: number
  /** A file that makes the events durable: another double on it has them all. In memory without. */
  readonly file?: string
  /** The events of another double: two nodes of one cluster. */
  readonly store?: EventStore
  /**
   * The users who may use it, by name. Without them everybody may do everything. The client sends no password
   * without `tls`.
   */
  readonly users?: Readonly<Record<string, User>>
  readonly tls?: ServerTls
  /** What a live subscription may lack when its reader makes it wait, events; it is ended beyond that. No bound by default. */
  readonly liveBuffer?: number
  /** It stalls by itself: so often, for so long. */
  readonly stalls?: { readonly everyMs: number; readonly forMs: number }
}

export interface ServerTls {
  readonly key: Buffer
  readonly cert: Buffer
  /** A file with the certificate of whoever vouches for it. */
  readonly caFile: string
}

const host = '127.0.0.1'

const supportedMethods = () => {
  const answer = new features.SupportedMethods().setEventStoreServerVersion('23.10.0')
  for (const { path } of Object.values(streamsService.StreamsService)) {
    const [, service = '', method = ''] = String(path).toLowerCase().split('/')
    answer.addMethods(new features.SupportedMethod().setServiceName(service).setMethodName(method))
  }
  return answer
}

const clusterInfo = (port: number) => {
  const member = new gossips.MemberInfo()
    .setState(gossips.MemberInfo.VNodeState.LEADER)
    .setIsAlive(true)
    .setTimeStamp(String(Date.now()))
    .setHttpEndPoint(new gossips.EndPoint().setAddress(host).setPort(port))
  return new gossips.ClusterInfo().setMembersList([member])
}

/** What a connection may have on the way, bytes: as Kestrel has it, on which the server is built. Node's 64 KiB would hold up appends in flight. */
const connectionWindow = 1024 * 1024

/** The gRPC server has no setting for it. */
const widenWindows = (server: Server): void => {
  const servers: unknown = Reflect.get(server, 'http2Servers')
  if (!(servers instanceof Map)) throw new TypeError('This version of grpc-js keeps its HTTP/2 servers elsewhere')
  for (const one of servers.keys())
    one.on('session', (session: ServerHttp2Session) => session.setLocalWindowSize(connectionWindow))
}

const credentialsOf = ({ tls }: DoubleOptions): ServerCredentials =>
  tls === undefined
    ? ServerCredentials.createInsecure()
    : ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.cert }])

type Heard = Pick<ReadDeps, 'onSent' | 'onSubscribed'> & { readonly onBatch: () => void }

const serve = async (
  store: EventStore,
  faults: ReturnType<typeof createFaults>,
  options: DoubleOptions,
  wantedPort: number,
  { onSent, onSubscribed, onBatch }: Heard,
): Promise<{ server: Server; port: number }> => {
  const rights = options.users === undefined ? noRights : createRights(options.users, store)
  const liveBuffer = options.liveBuffer ?? Number.POSITIVE_INFINITY
  const batchAppend = createBatchAppend(store, faults, rights)
  const server = new Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 })
  let port = wantedPort
  server.addService(streamsService.StreamsService, {
    ...createWriteCalls(store, faults, rights),
    batchAppend: (call: Parameters<typeof batchAppend>[0]) => {
      onBatch()
      batchAppend(call)
    },
    read: createReadCall({ store, faults, rights, liveBuffer, onSent, onSubscribed }),
  })
  server.addService(featuresService.ServerFeaturesService, {
    getSupportedMethods: async (_call: unknown, answer: sendUnaryData<unknown>) => {
      await faults.flowing()
      if (faults.failsFeatures()) answer({ code: status.INTERNAL, details: 'What it can do is not known' })
      else answer(null, supportedMethods())
    },
  })
  server.addService(gossipService.GossipService, {
    read: async (_call: unknown, answer: sendUnaryData<unknown>) => {
      await faults.flowing()
      answer(null, clusterInfo(port))
    },
  })
  port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${wantedPort}`, credentialsOf(options), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  widenWindows(server)
  return { server, port }
}

const urlOf = (port: number, { tls, users = {} }: DoubleOptions): string => {
  if (tls === undefined) return `esdb://${host}:${port}?tls=false`
  const [user] = Object.entries(users).map(([name, { password }]) => `${name}:${password}@`)
  return `esdb://${user ?? ''}${host}:${port}?tls=true&tlsCAFile=${tls.caFile}`
}

const openStore = async ({ file, ...options }: DoubleOptions): Promise<EventStore> =>
  createEventStore({ ...options, ...(file === undefined ? {} : await openJournal(file)) })

export const startKurrentDouble = async (options: DoubleOptions = {}): Promise<KurrentDouble> => {
  const store = options.store ?? (await openStore(options))
  const faults = createFaults()
  let sent = 0
  let subscriptions = 0
  let batches = 0
  const hears = {
    onSent: () => {
      sent += 1
    },
    onSubscribed: () => {
      subscriptions += 1
    },
    onBatch: () => {
      batches += 1
    },
  }
  const first = await serve(store, faults, options, options.port ?? 0, hears)
  const { port } = first
  let server: Server | undefined = first.server
  const { stalls } = options
  const stalling = stalls && setInterval(() => faults.stallFor(stalls.forMs), stalls.everyMs)

  const refuse = async () => {
    server?.forceShutdown()
    server = undefined
  }
  return {
    url: urlOf(port, options),
    host,
    port,
    store,
    faults,
    sent: () => sent,
    subscriptions: () => subscriptions,
    batches: () => batches,
    refuse,
    async accept() {
      server ??= (await serve(store, faults, options, port, hears)).server
    },
    async close() {
      clearInterval(stalling)
      await refuse()
      if (options.store === undefined) await store.close()
    },
  }
}
