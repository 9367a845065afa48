import { UnavailableError } from '../../ports/errors/unavailable-error.ts'
import { expectAnswer } from '../../projections/runner/control/expect-views-answer.ts'
import type { ViewsAnswer, ViewsAsk, ViewsControl } from '../../projections/views-control.ts'
import type { ToProjector } from './projector-messages.ts'

const notRunning = () => new UnavailableError('the projector does not run')

/** In the main thread: an operator's questions to the projector's thread, which may end before it answers. */
export const createProjectorAsks = (tell: (message: ToProjector) => boolean) => {
  const waiting = new Map<number, PromiseWithResolvers<ViewsAnswer>>()
  let last = 0

  const ask = (asked: ViewsAsk): Promise<ViewsAnswer> => {
    last += 1
    if (!tell({ kind: 'asked', id: last, asked })) return Promise.reject(notRunning())
    const answer = Promise.withResolvers<ViewsAnswer>()
    waiting.set(last, answer)
    return answer.promise
  }
  const control: ViewsControl = {
    report: async () => expectAnswer('report', await ask({ ask: 'report' })).report,
    rebuild: async (views) => expectAnswer('rebuild', await ask({ ask: 'rebuild', views })).outcome,
    retry: async (stream) => expectAnswer('retry', await ask({ ask: 'retry', stream })).outcome,
  }
  return {
    control,
    answered: (id: number, answer: ViewsAnswer): void => {
      waiting.get(id)?.resolve(answer)
      waiting.delete(id)
    },
    /** The thread is gone, and with it whatever it was to answer. */
    ended: (): void => {
      for (const each of waiting.values()) each.reject(notRunning())
      waiting.clear()
    },
  }
}
