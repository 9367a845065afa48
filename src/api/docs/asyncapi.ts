import { z } from 'zod'
import * as client from '../../protocol/client-frames.ts'
import { closeCodes, mayReconnect } from '../../protocol/close-codes.ts'
import * as server from '../../protocol/server-frames.ts'

interface Frame {
  readonly schema: z.ZodType
  readonly summary: string
}

const fromClient: Readonly<Record<string, Frame>> = {
  connect: { schema: client.connect, summary: 'The first frame. With `since`, what was missed follows [C1][C2].' },
  reauth: { schema: client.reauth, summary: 'A new access token for an open socket [T2].' },
  sync: { schema: client.sync, summary: 'One page of what happened since a checkpoint [C4].' },
  send_message: {
    schema: client.sendMessage,
    summary: 'A message, edit, deletion, reaction or reply [M1]-[M4], or what is for devices [M8].',
  },
  message_ack: { schema: client.messageAck, summary: 'Delivered or read up to a number [M5].' },
  typing_indicator: { schema: client.typingIndicator, summary: 'Typing began or ended; never stored [M6].' },
}

const fromServer: Readonly<Record<string, Frame>> = {
  challenge: { schema: server.challenge, summary: 'The first frame: what a device with a key answers [C1].' },
  reply: { schema: server.reply, summary: 'The answer to the frame with this `id` [T3].' },
  error: { schema: server.error, summary: 'The refusal of the frame with this `id` [T4].' },
  events: {
    schema: server.events,
    summary: 'Events, oldest first: live, or a page of a resume with its checkpoint [C2].',
  },
  caught_up: { schema: server.caughtUp, summary: 'The resume is complete; live events follow [C2].' },
  heartbeat: {
    schema: server.heartbeat,
    summary: 'The connection lives; everything up to the checkpoint was sent [T6].',
  },
  resync_needed: {
    schema: server.resyncNeeded,
    summary: 'This reader was too slow: no live events until it syncs [T7].',
  },
  typing_notice: { schema: server.typing, summary: 'Someone types [M6].' },
}

/** What `reply.result` holds, by the request it answers. */
const results: Readonly<Record<string, z.ZodType>> = {
  ConnectResult: server.connectResult,
  SendResult: server.sendResult,
  SyncPage: server.syncPage,
}

const jsonSchema = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io, unrepresentable: 'any' })
  return rest
}

const entries = (frames: Readonly<Record<string, Frame>>, io: 'input' | 'output') =>
  Object.entries(frames).map(([name, { schema, summary }]) => {
    const message = { name, summary, contentType: 'application/json', payload: jsonSchema(schema, io) }
    return [name, message] as const
  })

const references = (path: string, frames: Readonly<Record<string, Frame>>) =>
  Object.keys(frames).map((name) => ({ $ref: `#/${path}/${name}` }))

const closes = (): string =>
  Object.entries(closeCodes)
    .map(([name, code]) => `- ${code} ${name}: ${mayReconnect(code) ? 'reconnect and resume' : 'do not reconnect'}`)
    .join('\n')

const description =
  () => `JSON text frames over one WebSocket, subprotocol \`backscroll.v1\`. The access token goes into the header
\`Authorization: Bearer <jwt>\` or, in browsers, into one more offered subprotocol \`bearer.<jwt>\`. A device with a registered key proves in \`connect\` that it is the
device: a DPoP proof (RFC 9449) over the token and the challenge that the server sends first.

Close codes:

${closes()}`

const channelMessages = { ...fromClient, ...fromServer }

/** The WebSocket protocol as an AsyncAPI 3 document, out of the same zod schemas that check the frames. */
export const asyncApi = (version: string) => ({
  asyncapi: '3.0.0',
  info: { title: 'Backscroll WebSocket', version, description: description() },
  defaultContentType: 'application/json',
  channels: {
    ws: {
      address: '/ws',
      messages: Object.fromEntries(
        Object.keys(channelMessages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
      ),
    },
  },
  operations: {
    fromClient: {
      action: 'receive',
      channel: { $ref: '#/channels/ws' },
      summary: 'What a client may send.',
      messages: references('channels/ws/messages', fromClient),
    },
    fromServer: {
      action: 'send',
      channel: { $ref: '#/channels/ws' },
      summary: 'What the server sends.',
      messages: references('channels/ws/messages', fromServer),
    },
  },
  components: {
    messages: Object.fromEntries([...entries(fromClient, 'input'), ...entries(fromServer, 'output')]),
    schemas: Object.fromEntries(Object.entries(results).map(([name, schema]) => [name, jsonSchema(schema, 'output')])),
  },
})
