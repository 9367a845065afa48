import { setTimeout as sleep } from 'node:timers/promises'
import type { Channels } from '../../ports/channels.ts'
import type { AskProcesses, ProcessReport } from '../../ports/processes.ts'
import { processAnswersChannel, processAsksChannel } from '../messages/channel-names.ts'
import {
  decodeAskedProcesses,
  decodeProcessAnswer,
  encodeAskedProcesses,
  encodeProcessAnswer,
} from '../messages/process-messages.ts'

export interface ProcessReportsDeps {
  readonly channels: Pick<Channels, 'publish' | 'listen'>
  /** The id of this process. */
  readonly id: string
  readonly report: () => Promise<ProcessReport>
  readonly onError: (error: unknown) => void
  /** How long an asker waits. Nobody knows how many processes there are. Default: a second. */
  readonly patienceMs?: number
}

/** More than any cluster has. */
const mostAnswers = 500

/** Answers other processes, and asks them. */
export const openProcessReports = async (deps: ProcessReportsDeps) => {
  const { channels, id: own, report, onError, patienceMs = 1_000 } = deps
  const open = new Map<string, Map<string, ProcessReport>>()
  let last = 0

  const reply = async (text: string): Promise<void> => {
    const { id, replyTo } = decodeAskedProcesses(text)
    await channels.publish(processAnswersChannel(replyTo), encodeProcessAnswer({ id, report: await report() }))
  }
  const hear = (text: string): void => {
    const { id, report: heard } = decodeProcessAnswer(text)
    const answers = open.get(id)
    if (answers !== undefined && answers.size < mostAnswers) answers.set(heard.processId, heard)
  }
  const stops = [
    await channels.listen(processAsksChannel, (text) => void reply(text).catch(onError)),
    await channels.listen(processAnswersChannel(own), (text) => {
      try {
        hear(text)
      } catch (error) {
        onError(error)
      }
    }),
  ]

  const ask: AskProcesses = async () => {
    last += 1
    const id = `${own} ${last}`
    const answers = new Map<string, ProcessReport>()
    open.set(id, answers)
    try {
      await channels.publish(processAsksChannel, encodeAskedProcesses({ id, replyTo: own }))
      await sleep(patienceMs)
    } finally {
      open.delete(id)
    }
    return [...answers.values()].sort((a, b) => (a.processId < b.processId ? -1 : 1))
  }

  return {
    ask,
    close: async (): Promise<void> => {
      for (const stop of stops) await stop()
    },
  }
}
