import type { DocumentStore } from '../../../src/ports/document-store.ts'
import type { EventReader, Position } from '../../../src/ports/event-log.ts'
import type { Projection } from '../../../src/projections/projection.ts'
import { collectionOf } from '../../../src/projections/runner/generations/generations.ts'
import { createViewCatalog, type ViewCatalog } from '../../../src/projections/runner/generations/view-catalog.ts'
import type { ParkedStream } from '../../../src/projections/runner/runner-meta.ts'
import { createViewGroup } from '../../../src/projections/runner/view-group.ts'

const pageSize = 2_000

export interface AsOf {
  readonly reader: EventReader
  /** Empty; for example in memory. */
  readonly store: DocumentStore
  readonly views: readonly Projection[]
  /** Events above it are left out. */
  readonly position: Position
}

/** Time travel: the views as they were when the log ended at `position`. Answers their catalog and the streams that could not be folded. */
export const projectAsOf = async ({
  reader,
  store,
  views,
  position,
}: AsOf): Promise<{ readonly catalog: ViewCatalog; readonly parked: readonly ParkedStream[] }> => {
  const members = views.map((view) => ({ view, collection: `${view.name}.v${view.version}.0` }))
  for (const member of members) await store.open(collectionOf(member))
  const start = { position: 0n, parked: new Map(), frozen: new Map() }
  const group = createViewGroup({ phase: 'live', reader, store, onParked: () => {} }, members, start)
  for (;;) {
    const page = await reader.readAll(group.position(), pageSize)
    const events = page.filter((event) => event.position <= position)
    await group.apply(events)
    if (page.length === 0 || events.length < page.length) break
  }
  return { catalog: await createViewCatalog(store), parked: [...group.parked().values()] }
}
