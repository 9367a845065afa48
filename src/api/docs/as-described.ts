import type { z } from 'zod'

interface Written {
  readonly zodSchema: z.core.$ZodType
  readonly jsonSchema: z.core.JSONSchema.BaseSchema
}

/** A newer version may add fields: clients ignore them. Requests are strict, and say so. */
const mayGrow = ({ _zod: { def } }: z.core.$ZodType): boolean =>
  def.type === 'object' && !('catchall' in def && def.catchall !== undefined)

/** What zod writes for a schema, in the form that the documents want. */
export const asDescribed = ({ zodSchema, jsonSchema }: Written): void => {
  if (mayGrow(zodSchema)) delete jsonSchema.additionalProperties
  // The limits of all safe integers say nothing.
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
}
