import type { z } from 'zod'

/** The same, of which nothing may be changed. */
export type DeepReadonly<Value> = Value extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value

/** The body of a request, as a client makes it. */
export type Body<Schema extends z.ZodType> = DeepReadonly<z.input<Schema>>
