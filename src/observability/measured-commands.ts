import type { Commands } from '../commands/commands.ts'
import { ProtocolError } from '../protocol/errors.ts'
import type { Metrics } from './metrics.ts'

type Measures = Pick<Metrics, 'commands' | 'commandDuration'>

const outcomeOf = (error: unknown): string => (error instanceof ProtocolError ? error.code : 'internal')

const createMeasure = ({ commands, commandDuration }: Measures) => {
  const record = (type: string, outcome: string, startedAt: number) => {
    commands.inc({ type, outcome })
    commandDuration.observe({ type }, (performance.now() - startedAt) / 1000)
  }
  return async <Result>(type: string, run: () => Promise<Result>, outcome: (result: Result) => string) => {
    const startedAt = performance.now()
    try {
      const result = await run()
      record(type, outcome(result), startedAt)
      return result
    } catch (error) {
      record(type, outcomeOf(error), startedAt)
      throw error
    }
  }
}

/** The same commands, counted and timed. */
export const measuredCommands = (commands: Commands, metrics: Measures): Commands => {
  const measure = createMeasure(metrics)
  return {
    execute: (conversationId, command, ciphertext) =>
      measure(
        command.type,
        () => commands.execute(conversationId, command, ciphertext),
        (result) => (result.duplicate ? 'duplicate' : 'accepted'),
      ),
    acknowledge: (conversationId, actor, upToSeq, status) =>
      measure(
        'Acknowledge',
        () => commands.acknowledge(conversationId, actor, upToSeq, status),
        () => 'accepted',
      ),
    close: () => commands.close(),
  }
}
