import type { ViewsAnswer, ViewsAsk, ViewsControl } from '../../views-control.ts'

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

/** Runs where the views are: answers what an operator asks from another thread or process. Never rejects. */
export const answerAsk = (control: ViewsControl, asked: ViewsAsk): Promise<ViewsAnswer> =>
  answerOf(control, asked).catch((error: unknown) => ({
    ask: 'failed' as const,
    error: error instanceof Error ? error.message : String(error),
  }))
