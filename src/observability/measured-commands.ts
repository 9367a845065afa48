import { ProtocolError } from '@backscroll/protocol/errors'
import type { CommandResult, Commands } from '../commands/commands.ts'
import type { Metrics } from './metrics.ts'

type Measures = Pick<Metrics, 'commands' | 'commandDuration'>

interface CommandMeter {
  readonly count: (outcome: string) => void
  readonly time: (seconds: number) => void
}

/** Looking up a metric by its labels costs more than counting, so each combination is looked up once. */
const createCommandMeter = ({ commands, commandDuration }: Measures, type: string): CommandMeter => {
  const duration = commandDuration.labels({ type })
  const outcomes = new Map<string, { inc(): void }>()
  const counter = (outcome: string): { inc(): void } => {
    const made = commands(type, outcome)
    outcomes.set(outcome, made)
    return made
  }
  return {
    count: (outcome) => (outcomes.get(outcome) ?? counter(outcome)).inc(),
    time: (seconds) => duration.observe(seconds),
  }
}

const outcomeOf = (error: unknown): string => (error instanceof ProtocolError ? error.code : 'internal')

const createMeasure = (measures: Measures) => {
  const meters = new Map<string, CommandMeter>()
  const meterOf = (type: string): CommandMeter => {
    const meter = meters.get(type) ?? createCommandMeter(measures, type)
    meters.set(type, meter)
    return meter
  }
  return <Result>(type: string, work: Promise<Result>, outcome: (result: Result) => string): Promise<Result> => {
    const meter = meterOf(type)
    const startedAt = performance.now()
    const record = (what: string): void => {
      meter.count(what)
      meter.time((performance.now() - startedAt) / 1000)
    }
    work.then(
      (result) => record(outcome(result)),
      (error) => record(outcomeOf(error)),
    )
    return work
  }
}

const acceptance = ({ duplicate }: CommandResult): string => (duplicate ? 'duplicate' : 'accepted')
const accepted = (): string => 'accepted'

/** The same commands, counted and timed. */
export const measuredCommands = (commands: Commands, metrics: Measures): Commands => {
  const measure = createMeasure(metrics)
  return {
    admit: (conversationId, actor) => commands.admit(conversationId, actor),
    roster: (conversationId) => commands.roster(conversationId),
    execute: (conversationId, command, ciphertext) =>
      measure(command.type, commands.execute(conversationId, command, ciphertext), acceptance),
    check: (conversationId, command) => commands.check(conversationId, command),
    askDeviceRemoval: (conversationId, actor, device) =>
      measure('AskDeviceRemoval', commands.askDeviceRemoval(conversationId, actor, device), accepted),
    answerInvitation: (conversationId, actor, answer) =>
      measure('AnswerInvitation', commands.answerInvitation(conversationId, actor, answer), acceptance),
    closeConversation: (conversationId) =>
      measure('CloseConversation', commands.closeConversation(conversationId), accepted),
    expireMessages: (conversationId) =>
      measure('ExpireMessages', commands.expireMessages(conversationId), (done) => (done ? 'accepted' : 'duplicate')),
    acknowledgeWelcome: (conversationId, actor, revision) =>
      measure('AcknowledgeWelcome', commands.acknowledgeWelcome(conversationId, actor, revision), accepted),
    acknowledge: (conversationId, actor, upToSeq, status) =>
      measure('Acknowledge', commands.acknowledge(conversationId, actor, upToSeq, status), accepted),
    close: () => commands.close(),
  }
}
