import { z } from 'zod'

/** The body of an answer that has nothing to say but that it is done. */
export const done = z.object({ ok: z.literal(true) })

export const isDone: z.output<typeof done> = { ok: true }

/** Answers once the work is done; a failure of the work is the answer's. */
export const doneAfter = async (work: Promise<unknown>): Promise<z.output<typeof done>> => {
  await work
  return isDone
}
