import { isObject, type Json, type JsonObject, referencesIn, withReferences } from './document.ts'

const prefix = '#/components/schemas/'
const input = /Input$/

type Schemas = Readonly<Record<string, Json>>

const nameIn = (reference: string): string => reference.slice(prefix.length)

/** The names that are used, starting from the paths. */
const usedFrom = (value: Json, schemas: Schemas): ReadonlySet<string> => {
  const used = new Set<string>()
  const follow = (from: Json | undefined): void => {
    for (const name of referencesIn(from)
      .filter((one) => one.startsWith(prefix))
      .map(nameIn)) {
      if (used.has(name)) continue
      used.add(name)
      follow(schemas[name])
    }
  }
  follow(value)
  return used
}

const textOf = (schema: Json | undefined): string =>
  JSON.stringify(schema === undefined ? null : withReferences(schema, (reference) => reference.replace(input, '')))

/**
 * A schema occurs as it is sent and, with another name, as it is received. Where only one is used, or both are the
 * same, there is one name.
 */
const renamed =
  (schemas: Schemas, used: ReadonlySet<string>) =>
  (name: string): string => {
    const plain = name.replace(input, '')
    return !used.has(plain) || textOf(schemas[name]) === textOf(schemas[plain]) ? plain : name
  }

/** Keeps the schemas that are used, each under the shortest possible name. */
export const shareSchemas = (document: JsonObject): JsonObject => {
  const { paths = {}, components } = document
  const all = isObject(components) && isObject(components.schemas) ? (components.schemas as Schemas) : {}
  const used = usedFrom(paths, all)
  const nameOf = renamed(all, used)
  const change = (reference: string) =>
    reference.startsWith(prefix) ? `${prefix}${nameOf(nameIn(reference))}` : reference
  const schemas = Object.fromEntries(
    [...used].sort().map((name) => [nameOf(name), withReferences(all[name] ?? {}, change)]),
  )
  return {
    ...document,
    paths: withReferences(paths, change),
    components: { ...(isObject(components) ? components : {}), schemas },
  }
}
