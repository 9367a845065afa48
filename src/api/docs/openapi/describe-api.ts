import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { asDescribed } from '../as-described.ts'
import { nameSchemas } from '../schema-names.ts'
import { type JsonObject, mapOperations, type Paths, referencesIn } from './document.ts'
import { headers, withHeaders } from './headers.ts'
import { responsePrefix, sharedResponses, shareResponses } from './shared-responses.ts'
import { shareSchemas } from './shared-schemas.ts'
import { tags } from './tags.ts'

const description = `Backscroll stores and delivers end-to-end encrypted messages: it sees ids, order and time, but never content.

Every request needs an access token: \`Authorization: Bearer <jwt>\`. A device with a registered key also sends a DPoP proof
by that key (RFC 9449): \`DPoP: <proof>\`, with the nonce from the header \`DPoP-Nonce\`. Live events come over the WebSocket: see /docs/ws.

Each device numbers its commands in a conversation: \`clientSeq\` only increases and is never reused; \`afterClientSeq\` is the last
earlier number that was not finally rejected (0 at first). A repeated command gets its original result with \`duplicate: true\`.
Errors are problem details with a \`code\` from a closed list; \`temporary: true\` means that the same request may be sent again.`

const securitySchemes = {
  token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token.' },
  proof: {
    type: 'apiKey',
    in: 'header',
    name: 'DPoP',
    description:
      'Needed in addition to the token if the device has a registered key: a proof by that key (RFC 9449) [T8].',
  },
} as const

const zodToJsonConfig = { override: asDescribed }

const responsesIn = (paths: Paths): ReadonlySet<string> =>
  new Set(
    referencesIn(paths).flatMap((one) => (one.startsWith(responsePrefix) ? [one.slice(responsePrefix.length)] : [])),
  )

type Described = JsonObject & { readonly paths: Paths }

const plain = (document: object): Described => JSON.parse(JSON.stringify(document))

/** What is written once and referred to: schemas, refusals, headers. */
const tidy = (document: Described): JsonObject => {
  const paths = mapOperations(document.paths, (operation) => withHeaders(shareResponses(operation)))
  const components = document.components as JsonObject
  const responses = sharedResponses(responsesIn(paths))
  const shared = shareSchemas({ ...document, paths: { ...paths, responses }, components } as JsonObject)
  const { responses: _, ...rest } = shared.paths as JsonObject
  return { ...shared, paths: rest, components: { ...(shared.components as JsonObject), responses, headers } }
}

/** Collects the routes that are added after it into an OpenAPI document: `app.swagger()`. */
export const describeApi = async (app: FastifyInstance, version: string): Promise<void> => {
  nameSchemas()
  const named = createJsonSchemaTransformObject({ zodToJsonConfig })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        ...{ title: 'Backscroll', version, description },
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags,
      components: { securitySchemes },
      security: [{ token: [] }, { token: [], proof: [] }],
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig }),
    transformObject: (document) => JSON.parse(JSON.stringify(tidy(plain(named(document))))),
    hideUntagged: true,
  })
}
