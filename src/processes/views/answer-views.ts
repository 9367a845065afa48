import type { Channels } from '../../ports/channels.ts'
import { answerAsk } from '../../projections/runner/control/answer-views-ask.ts'
import type { ViewsControl } from '../../projections/views-control.ts'
import { viewsAnswersChannel, viewsAsksChannel } from '../messages/channel-names.ts'
import { decodeAskedViews, encodeAnsweredViews } from '../messages/views-messages.ts'

export interface AnswerViewsDeps {
  readonly channels: Pick<Channels, 'publish' | 'listen'>
  /** The controls of the partitions whose views this process runs now. */
  readonly controls: ReadonlyMap<number, ViewsControl>
  readonly onError: (error: unknown) => void
}

/** Answers an operator's requests about the views that this process runs. Resolves with a function that stops this. */
export const answerViews = ({ channels, controls, onError }: AnswerViewsDeps): Promise<() => Promise<void>> => {
  const reply = async (text: string): Promise<void> => {
    const { id, replyTo, asked } = decodeAskedViews(text)
    const answers = await Promise.all(
      [...controls].map(async ([partition, control]) => ({ partition, answer: await answerAsk(control, asked) })),
    )
    if (answers.length > 0) await channels.publish(viewsAnswersChannel(replyTo), encodeAnsweredViews({ id, answers }))
  }
  return channels.listen(viewsAsksChannel, (text) => void reply(text).catch(onError))
}
