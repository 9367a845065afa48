/**
 * Every limit on how much somebody may have or do, by whom it is counted. What is counted in buckets holds over all
 * connections and processes (`limit-buckets.ts`), what is open at once over all processes too (`socket-caps.ts`). Only what
 * decides over accounts (signing in, registering, resetting) is counted in the accounts database, which answers before
 * it is done: there nothing is let through because something is away.
 */
export interface Limit {
  readonly name:
    | 'frames'
    | 'requests'
    | 'stored_bytes'
    | 'handshakes_of_user'
    | 'handshakes_of_address'
    | 'lookups_of_user'
    | 'lookups_of_address'
    | 'watched'
    | 'media_bytes'
  /** How many at once. */
  readonly burst: number
  /** Milliseconds until one more. */
  readonly everyMs: number
}

export interface LimitSettings {
  /** For each user, over WebSockets. */
  readonly framesPerSecond: number
  readonly frameBurst: number
  /** For each user, or for an address where there is no token, over HTTP. */
  readonly requestsPerMinute: number
  readonly storedBytesPerHour: number
  readonly handshakesPerMinute: number
  /** Login names that one user may look up. */
  readonly lookupsPerHour: number
  /** Users whose presence one user may look at or begin to watch. */
  readonly watchedPerMinute: number
  /** Bytes of files, for each user. */
  readonly mediaBytesPerDay: number
  /** At once. */
  readonly socketsOfUser: number
  readonly socketsOfAddress: number
  /** For the process. */
  readonly handshakes: number
}

const per = (name: Limit['name'], periodMs: number, count: number, burst = count): Limit => ({
  ...{ name, burst },
  everyMs: periodMs / count,
})

/** Look-ups from one address, as a multiple of those of one user: a household, or an office, is behind one. */
const lookupsOfAddress = 10

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

export const limitsOf = (settings: LimitSettings) => ({
  /** For one connection: as much as its user may send over all connections. */
  connection: { perSecond: settings.framesPerSecond, burst: settings.frameBurst },
  frames: per('frames', second, settings.framesPerSecond, settings.frameBurst),
  requests: per('requests', minute, settings.requestsPerMinute),
  storedBytes: per('stored_bytes', hour, settings.storedBytesPerHour),
  handshakesOfUser: per('handshakes_of_user', minute, settings.handshakesPerMinute),
  /** Equal to the limit of sockets, because all clients behind one address may reconnect at once. */
  handshakesOfAddress: per('handshakes_of_address', minute, settings.socketsOfAddress),
  lookupsOfUser: per('lookups_of_user', hour, settings.lookupsPerHour),
  lookupsOfAddress: per('lookups_of_address', hour, settings.lookupsPerHour * lookupsOfAddress),
  watched: per('watched', minute, settings.watchedPerMinute),
  mediaBytes: per('media_bytes', day, settings.mediaBytesPerDay),
  sockets: { ofUser: settings.socketsOfUser, ofAddress: settings.socketsOfAddress },
  handshakes: settings.handshakes,
})

export type Limits = ReturnType<typeof limitsOf>
