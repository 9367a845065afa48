import type { EventFeed } from '../events/event-feed.ts'
import type { Profile } from '../profiles/profile-book.ts'
import type { ClientStore } from '../stores/client-store.ts'
import type { Pins } from '../trust/identity-pins.ts'
import type { BackscrollClient, ClientOptions } from './client-api.ts'
import type { ClientCommands } from './client-commands.ts'

/** Identifies a command, no matter who asks for it and how often. */
export interface CommandIdentity {
  /** Enough ids for any command. */
  readonly ids: readonly string[]
  /** Base64: the key of a group's name, if the command needs a new one. */
  readonly textKey: string
  /** The request is stored: it will be done, whoever dies. Called once for each part. */
  readonly onStored: () => void
}

/** A client, with what the code around it needs besides its public interface. */
export interface OpenedClient {
  readonly client: BackscrollClient
  /** One id has one effect, even if it was requested in an earlier life of the client. */
  commandsAs(identity: CommandIdentity): ClientCommands
  /** The caller has the answers. */
  forgetAnswers(ids: readonly string[]): void
  profiles(): readonly (readonly [userId: string, profile: Profile])[]
  /** What `identityOf` is computed from. */
  identities(): { readonly own: string | undefined; readonly pins: Pins }
  /** The sign-in is over. */
  stop(): void
  /** How many commands wait, by conversation. */
  pending(): ReadonlyMap<string, number>
}

/** Opens a client over its store. Everything that it reports goes to `feed`. */
export type OpenClient = (options: ClientOptions, feed?: EventFeed) => Promise<OpenedClient>

/** A store that several clients, in tabs of one browser, use together: one of them has it open. */
export interface SharedStore extends ClientStore {
  share(options: ClientOptions, open: OpenClient): Promise<BackscrollClient>
}

export const isShared = (store: ClientStore): store is SharedStore => 'share' in store
