import { z } from 'zod'

type Schema = z.core.$ZodType

const known = new WeakMap<Schema, Schema>()

const rebuilt = (schema: Schema): Schema => {
  const { def } = (schema as z.core.$ZodTypes)._zod
  const cloned = <Def extends z.core.$ZodTypeDef>(changed: Def): Schema => z.core.clone(schema, changed)
  switch (def.type) {
    case 'object': {
      const shape = Object.fromEntries(Object.entries(def.shape).map(([name, one]) => [name, lenient(one)]))
      return cloned({ ...def, shape, catchall: undefined })
    }
    case 'array':
      return cloned({ ...def, element: lenient(def.element) })
    case 'union':
      return cloned({ ...def, options: def.options.map(lenient) })
    case 'optional':
    case 'nullable':
    case 'default':
    case 'catch':
    case 'readonly':
      return cloned({ ...def, innerType: lenient(def.innerType) })
    default:
      return schema
  }
}

const lenient = (schema: Schema): Schema => {
  const made = known.get(schema) ?? rebuilt(schema)
  known.set(schema, made)
  return made
}

/**
 * How a client reads an answer: by the schema that describes it. Fields that a newer server has added are left out,
 * at any depth; everything described is checked.
 */
export const forReading = <Answer extends z.ZodType>(schema: Answer): Answer => lenient(schema) as Answer
