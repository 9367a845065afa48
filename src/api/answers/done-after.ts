import type { done } from '@backscroll/protocol/rest/done'
import type { z } from 'zod'

export const isDone: z.output<typeof done> = { ok: true }

/** Answers once the work is done; if the work fails, so does the answer. */
export const doneAfter = async (work: Promise<unknown>): Promise<z.output<typeof done>> => {
  await work
  return isDone
}
