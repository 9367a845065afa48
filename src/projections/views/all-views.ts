import type { Projection } from '../projection.ts'
import { acknowledgements } from './acknowledgements-view.ts'
import { blobs } from './blobs-view.ts'
import { commands } from './commands-view.ts'
import { conversations } from './conversations-view.ts'
import { deletions } from './deletions-view.ts'
import { groups } from './groups-view.ts'
import { marks } from './marks-view.ts'
import { media } from './media-view.ts'
import { memberships } from './memberships-view.ts'
import { reactions } from './reactions-view.ts'
import { receipts } from './receipts-view.ts'
import { stars } from './stars-view.ts'
import { timeline } from './timeline-view.ts'
import { watermarks } from './watermarks-view.ts'
import { welcomes } from './welcomes-view.ts'

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
  media,
  marks,
  stars,
]
