import type { Projection } from '../projection.ts'
import { acknowledgements } from './acknowledgements.ts'
import { blobs } from './blobs.ts'
import { commands } from './commands.ts'
import { conversations } from './conversations.ts'
import { deletions } from './deletions.ts'
import { groups } from './groups.ts'
import { memberships } from './memberships.ts'
import { reactions } from './reactions.ts'
import { receipts } from './receipts.ts'
import { timeline } from './timeline.ts'
import { watermarks } from './watermarks.ts'
import { welcomes } from './welcomes.ts'

/** The views that the product serves; the runner keeps all of them. */
export const allViews: readonly Projection[] = [
  conversations,
  memberships,
  timeline,
  reactions,
  deletions,
  commands,
  watermarks,
  receipts,
  groups,
  welcomes,
  acknowledgements,
  blobs,
]
