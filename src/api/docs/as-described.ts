import type { z } from 'zod'

interface Written {
  readonly zodSchema: z.core.$ZodType
  readonly jsonSchema: z.core.JSONSchema.BaseSchema
}

/** More fields may come in a newer version: clients ignore them. What is taken is strict, and says so. */
const mayGrow = ({ _zod: { def } }: z.core.$ZodType): boolean =>
  def.type === 'object' && !('catchall' in def && def.catchall !== undefined)

/** What zod writes of a schema, as the documents want it. */
export const asDescribed = ({ zodSchema, jsonSchema }: Written): void => {
  if (mayGrow(zodSchema)) delete jsonSchema.additionalProperties
  // The bounds of all numbers that JavaScript counts with say nothing.
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
}
