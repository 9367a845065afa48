import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { openClientWorld } from '../client/client-world.ts'
import { createColluder } from './colluder.ts'
import { type LiarDeps, openLiar, type Sealed, type Seen } from './liar.ts'

/** A server that lies, eve who works with it in these conversations, and what both of them saw. */
export const openLiarWorld = async (groups: readonly string[]) => {
  const world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  const seen: Seen = { events: [], infos: [], blobs: [] }
  const sealed: Sealed[] = []
  const working: Promise<unknown>[] = []
  const colluder = await createColluder(world, 'eve', groups)
  const deps: LiarDeps = { world, colluder, seen, sealed, working, addressed: directConversationId }
  return { world, colluder, seen, sealed, working, person: (user: string) => openLiar(deps, user) }
}

export type LiarWorld = Awaited<ReturnType<typeof openLiarWorld>>
