import { z } from 'zod'

/** How far the views of one partition have come, and which generations they are. */
export interface Progress {
  readonly partition: number
  /** Every view has folded everything of the partition at or below. */
  readonly upTo: bigint
  /** Physical collection of each view. */
  readonly collections: Readonly<Record<string, string>>
}

const schema = z.array(
  z.object({
    partition: z.number().int().nonnegative(),
    upTo: z.string().regex(/^\d{1,19}$/),
    collections: z.record(z.string(), z.string()),
  }),
)

export const encodeProgress = (all: readonly Progress[]): string =>
  JSON.stringify(all.map((one) => ({ ...one, upTo: String(one.upTo) })))

/** Throws for anything that is not a message of this kind. */
export const decodeProgress = (text: string): readonly Progress[] =>
  schema.parse(JSON.parse(text)).map((one) => ({ ...one, upTo: BigInt(one.upTo) }))
