import type { ViewsControl } from '../ports/views-control.ts'
import type { ViewsAnswer, ViewsAsk } from './projector-messages.ts'

const answerOf = async (control: ViewsControl, asked: ViewsAsk): Promise<ViewsAnswer> => {
  switch (asked.ask) {
    case 'report':
      return { ask: 'report', report: await control.report() }
    case 'rebuild':
      return { ask: 'rebuild', outcome: await control.rebuild(asked.views) }
    case 'retry':
      return { ask: 'retry', outcome: await control.retry(asked.stream) }
  }
}

/** In the projector's thread: what the main thread asks for an operator. Never rejects. */
export const answerAsk = (control: ViewsControl, asked: ViewsAsk): Promise<ViewsAnswer> =>
  answerOf(control, asked).catch((error: unknown) => ({
    ask: 'failed' as const,
    error: error instanceof Error ? error.message : String(error),
  }))
