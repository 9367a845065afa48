import type { ConversationCommand } from '../../../../../src/domain/conversation/conversation-commands.ts'
import { decide } from '../../../../../src/domain/conversation/conversation-decider.ts'
import type { ConversationEvent } from '../../../../../src/domain/conversation/conversation-events.ts'
import { fromSnapshot, toSnapshot } from '../../../../../src/domain/conversation/conversation-snapshot.ts'
import { evolve, initialState } from '../../../../../src/domain/conversation/conversation-state.ts'
import { deviceKey } from '../../../../../src/domain/conversation/exactly-once.ts'
import type { Decision } from '../../../../../src/domain/decision.ts'
import type { Actor } from '../../../../../src/domain/ids.ts'
import { at, type CommandBody } from '../examples.ts'

/**
 * A small world around the pure decider: devices that pipeline, a network whose broken connections may still deliver, and a server that
 * decides and remembers. Whatever happens, `createServer` checks what must hold at each decision against its whole log.
 */
interface Frame {
  readonly command: ConversationCommand
  /** Raised by the device each time it begins to send its window anew. */
  readonly attempt: number
}
interface Answer extends Frame {
  readonly decision: Decision<ConversationEvent>
}

const fail = (claim: string, command: ConversationCommand, decision: unknown): never => {
  throw new Error(`${claim}: ${JSON.stringify({ command, decision })}`)
}

const identity = ({ actor, clientSeq }: ConversationCommand): string => `${deviceKey(actor)}/${clientSeq}`

export const createServer = () => {
  let state = initialState()
  const log: ConversationEvent[] = []
  /** The revision that each accepted command led to. */
  const effects = new Map<string, number>()
  const lastOf = new Map<string, number>()

  const accept = (command: ConversationCommand, events: readonly ConversationEvent[], decision: unknown): void => {
    const last = lastOf.get(deviceKey(command.actor)) ?? 0
    if (effects.has(identity(command))) fail('a second effect', command, decision)
    if (command.clientSeq <= last || command.afterClientSeq !== last) fail('out of order', command, decision)
    const numbered = events.findIndex(({ data }) => data.clientSeq === command.clientSeq)
    if (events.filter(({ data }) => data.clientSeq !== undefined).length !== 1)
      fail('not one number', command, decision)
    effects.set(identity(command), log.length + numbered)
    lastOf.set(deviceKey(command.actor), command.clientSeq)
    log.push(...events)
    state = events.reduce(evolve, state)
  }

  const execute = (command: ConversationCommand): Decision<ConversationEvent> => {
    const before = toSnapshot(state)
    const decision = decide(state, command)
    if (toSnapshot(state) !== before) fail('deciding changed the state', command, decision)
    const known = effects.get(identity(command))
    if (decision.kind === 'accepted') accept(command, decision.events, decision)
    else if (decision.kind === 'repeat' && decision.revision !== known) fail('not the first result', command, decision)
    else if (decision.kind === 'rejected' && known !== undefined) fail('a repeat was refused', command, decision)
    return decision
  }

  /** As after a crash: from the log, or from a snapshot. */
  const restart = (fromLog: boolean): void => {
    state = fromLog ? log.reduce(evolve, initialState()) : fromSnapshot(toSnapshot(state))
  }
  return { execute, restart, log, effects, state: () => state }
}
export type Server = ReturnType<typeof createServer>

/** One connection: what is under way in both directions, in order. A broken one still delivers, but its answers reach nobody. */
const createConnection = (server: Server) => {
  const up: Frame[] = []
  const down: Answer[] = []
  const deliver = (): boolean => {
    const frame = up.shift()
    if (frame !== undefined) down.push({ ...frame, decision: server.execute(frame.command) })
    return frame !== undefined
  }
  return { up, down, deliver }
}

/** A device as the protocol wants it: an outbox that is sent in order, window by window, until each command is answered for good. */
export const createDevice = (server: Server, actor: Actor) => {
  let connection = createConnection(server)
  const broken: (typeof connection)[] = []
  const history: ConversationCommand[] = []
  let pending: ConversationCommand[] = []
  let accepted = 0
  let numbers = 0
  let attempt = 0

  const send = (body: ConversationCommand): void => {
    history.push(body)
    connection.up.push({ command: body, attempt })
  }
  /** The last predecessor that was not finally rejected: the one before it in the outbox, or the last accepted one. */
  const sendWindow = (): void => {
    attempt += 1
    let afterClientSeq = accepted
    pending = pending.map((command) => {
      const next = { ...command, afterClientSeq }
      afterClientSeq = command.clientSeq
      return next
    })
    pending.forEach(send)
  }

  const settle = ({ command, decision, attempt: of }: Answer): void => {
    const last = decision.kind === 'rejected' ? decision.rejection.details?.last : command.clientSeq
    const gap = decision.kind === 'rejected' && decision.rejection.code === 'client_seq_gap'
    // A stale copy of a command that was rejected may have been accepted since: the server's word counts.
    if (typeof last === 'number') accepted = Math.max(accepted, last)
    if (!gap) pending = pending.filter(({ clientSeq }) => clientSeq !== command.clientSeq)
    // A gap of an earlier window was answered by sending this one.
    else if (of === attempt) sendWindow()
  }

  return {
    enqueue: (body: CommandBody): void => {
      numbers += 1
      const afterClientSeq = pending.at(-1)?.clientSeq ?? accepted
      const command: ConversationCommand = { ...body, actor, at, clientSeq: numbers, afterClientSeq }
      pending.push(command)
      send(command)
    },
    deliver: (): boolean => connection.deliver(),
    /** A frame of one of the connections that the device has given up. */
    deliverStale: (pick: number): boolean => broken[pick % (broken.length || 1)]?.deliver() ?? false,
    hear: (): boolean => {
      const answer = connection.down.shift()
      if (answer !== undefined) settle(answer)
      return answer !== undefined
    },
    reconnect: (): void => {
      broken.push(connection)
      connection = createConnection(server)
      sendWindow()
    },
    /** Sends any earlier command again, just as it was, over the connection in use. */
    retry: (pick: number): void => {
      const earlier = history[pick % (history.length || 1)]
      if (earlier !== undefined) connection.up.push({ command: earlier, attempt: -1 })
    },
    pending: () => pending.length,
    drainStale: (): void => {
      for (const old of broken) while (old.deliver());
    },
  }
}
export type Device = ReturnType<typeof createDevice>
