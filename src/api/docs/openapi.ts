import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'

const description = `Backscroll stores and delivers end-to-end encrypted messages: it sees ids, order and time, never content.

Every request needs an access token: \`Authorization: Bearer <jwt>\`, and, of a device with a registered key, a DPoP proof
by that key (RFC 9449): \`DPoP: <proof>\`, with the nonce that the header \`DPoP-Nonce\` tells. Live events come over the WebSocket: see /docs/ws.

Each device numbers its commands in a conversation: \`clientSeq\` only grows and is never used again, \`afterClientSeq\` names the last
of its predecessors that was not finally rejected (0 at first). A repeated command gets its original result with \`duplicate: true\`.
Errors are problem details with a \`code\` out of a closed list; \`temporary: true\` says that the same request may be sent again.`

/** Collects the routes that are added after it into an OpenAPI document: `app.swagger()`. */
export const describeApi = async (app: FastifyInstance, version: string): Promise<void> => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Backscroll', version, description },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    hideUntagged: true,
  })
}
