import type { Sent } from '../commands/outbox-answers.ts'
import type { Failure, OutboxEntry } from '../commands/outbox-entry.ts'
import type { Push } from '../connection/connection.ts'
import type { ConnectionState } from '../connection/connection-state.ts'
import type { Changes } from '../delivery/delivery-queue.ts'
import type { BackscrollError } from '../errors/backscroll-error.ts'
import type { ClientEvent } from '../events/client-events.ts'
import type { DeviceProver } from '../sign-in/device-prover.ts'
import { createPort } from './port.ts'
import { createTopic } from './topic.ts'

/**
 * Everything that goes against the order in which the client is built: messages to later parts, and questions to
 * them.
 */
export const createClientTopics = () => ({
  storeBroke: createTopic<[thrown: unknown]>(),
  push: createTopic<[push: Push]>(),
  state: createTopic<[state: ConnectionState]>(),
  /** The connection has no checkpoint to resume from. */
  load: createTopic<[]>(),
  /** For the application, in its turn. */
  notice: createTopic<[event: ClientEvent]>(),
  /** A waiting command may go out that could not before. */
  wake: createTopic<[]>(),
  /** The messages of a conversation that wait for their files, or their progress, have changed. */
  uploading: createTopic<[conversationId: string]>(),
  /** The waiting commands of a conversation, or the reason why they wait, may have changed. */
  waiting: createTopic<[conversationId: string]>(),
  accepted: createTopic<[entry: OutboxEntry, sent: Sent, forget: Changes]>(),
  withdrawn: createTopic<[entry: OutboxEntry]>(),
  rejected: createTopic<[entry: OutboxEntry, error: BackscrollError]>(),
  /** The files of a message could not be uploaded. */
  uploadFailed: createTopic<[entry: OutboxEntry, failure: Failure, told: Changes]>(),

  /** This device's key: requests and sockets show it, and the protection has it. */
  prover: createPort<[], DeviceProver | undefined>('the key of this device'),
  knows: createPort<[conversationId: string], boolean>('which conversations this user is in'),
  caughtUp: createPort<[], Promise<void>>('whether everything was taken in'),
})

export type ClientTopics = ReturnType<typeof createClientTopics>
