import type { z } from 'zod'
import type { commandNumbers } from './shared-fields.ts'

/** The same, read-only at any depth. */
export type DeepReadonly<Value> = Value extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value

/** The body of a request, as a client makes it. */
export type Body<Schema extends z.ZodType> = DeepReadonly<z.input<Schema>>

/** The body of a command, before it has its numbers. */
export type CommandBody<Schema extends z.ZodType> = Omit<Body<Schema>, keyof typeof commandNumbers>
