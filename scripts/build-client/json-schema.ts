import type { Plugin } from 'rolldown'

/**
 * The part of zod that describes schemas as JSON Schema. The server's documents need it, the SDK never does, and a
 * bundler keeps it because every schema has a method for it.
 */
const describesSchemas = /\/zod\/v4\/core\/(to-json-schema|json-schema-processors)\.js$/

const exported = /^export (?:const|function) (\w+)/gm

/** Keeps the exported names of those modules in the bundle, without what is behind them. */
export const leaveOutJsonSchema: Plugin = {
  name: 'leave out JSON Schema',
  transform: {
    filter: { id: describesSchemas },
    handler: (code) => {
      const names = [...code.matchAll(exported)].map(([, name]) => name)
      return `const absent = () => { throw new Error('Not part of the bundle') }
export { ${names.map((name) => `absent as ${name}`).join(', ')} }`
    },
  },
}
