import { readdirSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import type { NewEvent } from '../../../src/ports/event-log.ts'

const folder = new URL('../../fixtures/events/', import.meta.url)

const recorded: z.ZodType<NewEvent> = z.strictObject({
  id: z.string(),
  type: z.string(),
  version: z.int(),
  at: z.int(),
  userId: z.string(),
  deviceId: z.string(),
  data: z.string(),
  body: z.string().nullable(),
  target: z.int().exactOptional(),
  blanksTarget: z.boolean().exactOptional(),
  blanksRange: z.strictObject({ from: z.int(), upTo: z.int(), types: z.array(z.string()) }).exactOptional(),
})

export interface Recording {
  /** For example `MessageSent.v1`. */
  readonly name: string
  readonly event: NewEvent
}

/** Every event of test/fixtures/events, one file a type and version, and one more with what was added to a version since, as the log stored it. Files are added, never changed. */
export const recordings: readonly Recording[] = readdirSync(folder).flatMap((file) =>
  z
    .array(recorded)
    .min(1)
    .parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')))
    .map((event) => ({ name: file.replace(/(\.signed|\.reports)?\.json$/, ''), event })),
)
