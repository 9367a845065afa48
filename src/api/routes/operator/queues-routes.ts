import { queuesReport } from '@backscroll/protocol/rest/queues'
import type { Limit } from '../../../edge/limits/limits.ts'
import { at } from '../../../event-log/positions.ts'
import { UnavailableError } from '../../../ports/errors/unavailable-error.ts'
import type { ViewsControl, ViewsReport } from '../../../projections/views-control.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { adminOnly } from '../../requests/admin-access.ts'

/** Over all logs, for the view that lacks most. */
const behind = ({ head, views }: ViewsReport): bigint => {
  const lacking = views.map(({ position }) => head.reduce((sum, one, log) => sum + one - at(position, log), 0n))
  return lacking.toSorted((a, b) => (a < b ? 1 : -1))[0] ?? 0n
}

const viewsOf = async (control: ViewsControl) => {
  try {
    const report = await control.report()
    const { rebuilding, parkedCount } = report
    return { behind: String(behind(report)), rebuilding: rebuilding.length, parkedStreams: parkedCount }
  } catch (error) {
    // The other queues are shown all the same.
    if (error instanceof UnavailableError) return null
    throw error
  }
}

const isLimit = (value: unknown): value is Limit =>
  typeof value === 'object' && value !== null && 'name' in value && 'everyMs' in value

/** What waits where, at a glance. */
export const queuesRoutes = (app: Api, { queues, viewsControl, reactions, metering }: ApiDeps): void => {
  const limits = Object.values(metering.limits)
    .filter(isLimit)
    .map(({ name, burst, everyMs }) => ({ name, burst, everyMs }))

  app.get(
    '/admin/queues',
    {
      ...adminOnly,
      schema: {
        tags: ['administration'],
        operationId: 'getQueues',
        summary: 'Get what waits where: views, reactions, wake-ups, files, reports, and the load of each process',
        response: responses(queuesReport, 403),
      },
    },
    async () => {
      const [views, parked, counts, processes] = await Promise.all([
        viewsOf(viewsControl),
        reactions.report(),
        queues.counts(),
        queues.processes(),
      ])
      return { views, reactions: { parkedStreams: parked.parkedCount }, ...counts, processes, limits }
    },
  )
}
