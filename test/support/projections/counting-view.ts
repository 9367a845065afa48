import type { Projection } from '../../../src/projections/projection.ts'

/** A small view of a test: how many messages each user sent to a conversation. `refuses` names message numbers that it cannot fold. */
export const countingView = (version = 1, refuses: ReadonlySet<number> = new Set()): Projection => ({
  name: 'counting',
  version,
  fields: { count: 'integer' },
  indexes: [['count']],
  streams: 'conversation',
  project: ({ streamId, type, userId, data }) => {
    if (type !== 'MessageSent') return []
    return [
      {
        key: `${streamId}/${userId}`,
        fold: (before) => {
          if (refuses.has(Number(data.seq))) throw new Error('cannot fold this one')
          return { count: Number(before?.count ?? 0) + version }
        },
      },
    ]
  },
})
