import { UnavailableError } from '../../../ports/errors/unavailable-error.ts'
import type { ViewsAnswer } from '../../views-control.ts'

/** The answer, if it is of this kind. Throws an `UnavailableError` for one that reports a failure. */
export const expectAnswer = <Kind extends ViewsAnswer['ask']>(kind: Kind, answer: ViewsAnswer) => {
  const isOf = (one: ViewsAnswer): one is Extract<ViewsAnswer, { readonly ask: Kind }> => one.ask === kind
  if (isOf(answer)) return answer
  throw new UnavailableError(answer.ask === 'failed' ? answer.error : 'the projector has answered something else')
}
