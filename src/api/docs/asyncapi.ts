import * as client from '@backscroll/protocol/client-frames'
import { closeCodes, mayReconnect } from '@backscroll/protocol/close-codes'
import { presence } from '@backscroll/protocol/presence'
import * as server from '@backscroll/protocol/server-frames'
import { z } from 'zod'
import { asDescribed } from './as-described.ts'

interface Frame {
  readonly schema: z.ZodType
  readonly summary: string
}

const fromClient: Readonly<Record<string, Frame>> = {
  connect: {
    schema: client.connect,
    summary: 'The first frame. With `since`, the events that the device missed follow [C1][C2].',
  },
  reauth: { schema: client.reauth, summary: 'A new access token for an open socket [T2].' },
  sync: { schema: client.sync, summary: 'One page of what happened since a checkpoint [C4].' },
  send_message: {
    schema: client.sendMessage,
    summary: 'A message, edit, deletion, reaction or reply [M1]-[M4], or a control message for devices [M8].',
  },
  message_ack: { schema: client.messageAck, summary: 'Messages were delivered or read up to a number [M5].' },
  typing_indicator: { schema: client.typingIndicator, summary: 'The user began or stopped typing; never stored [M6].' },
  presence_subscribe: {
    schema: client.presenceSubscribe,
    summary: 'Report whether these users are online, now and after each change [M7].',
  },
  presence_unsubscribe: { schema: client.presenceUnsubscribe, summary: 'Stop watching these users [M7].' },
  set_activity: { schema: client.setActivity, summary: 'Whether somebody is at the device [M7].' },
}

const fromServer: Readonly<Record<string, Frame>> = {
  challenge: {
    schema: server.challenge,
    summary: 'The first frame: a challenge that a device with a key must answer [C1].',
  },
  error: { schema: server.error, summary: 'The frame with this `id` was refused [T4].' },
  events: {
    schema: server.events,
    summary: 'Events, oldest first: live, or a page of a resume with its checkpoint [C2].',
  },
  caught_up: { schema: server.caughtUp, summary: 'The resume is complete; live events follow [C2].' },
  heartbeat: {
    schema: server.heartbeat,
    summary: 'The connection is alive; everything up to the checkpoint was sent [T6].',
  },
  resync_needed: {
    schema: server.resyncNeeded,
    summary: 'This reader was too slow: it gets no live events until it syncs [T7].',
  },
  presence: { schema: server.presenceChanges, summary: 'Watched users whose presence has changed [M7].' },
  typing_notice: { schema: server.typing, summary: 'Somebody began or stopped typing [M6].' },
}

/** What the `reply` to each frame holds as its `result`. */
const results: Readonly<Record<string, readonly [name: string, schema: z.ZodType]>> = {
  connect: ['ConnectResult', server.connectResult],
  reauth: ['ReauthResult', server.reauthResult],
  sync: ['SyncPage', server.syncPage],
  send_message: ['SendResult', server.sendResult],
  message_ack: ['Done', server.doneResult],
  typing_indicator: ['Done', server.doneResult],
  presence_subscribe: ['PresenceResult', server.presenceResult],
  presence_unsubscribe: ['Done', server.doneResult],
  set_activity: ['Done', server.doneResult],
}

const replyTo = ([type, [, result]]: readonly [string, readonly [string, z.ZodType]]): readonly [string, Frame] => [
  `reply_to_${type}`,
  { schema: server.reply.extend({ result }), summary: `The answer to \`${type}\` [T3].` },
]

const replies: Readonly<Record<string, Frame>> = Object.fromEntries(Object.entries(results).map(replyTo))

/** Parts that are written once, and referred to. */
const shared: Readonly<Record<string, z.ZodType>> = {
  ...Object.fromEntries(Object.values(results)),
  Event: server.wireEvent,
  Receipt: server.receipt,
  Presence: presence,
}

const placeholder = 'the schema itself'

/** The place gives the name. */
const override: NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override'] = (written) => {
  const { jsonSchema } = written
  asDescribed(written)
  delete jsonSchema.id
  delete jsonSchema.$id
  delete jsonSchema.$schema
}

const jsonSchema = (schema: z.ZodType, io: 'input' | 'output') => {
  const names = z.registry<{ id: string }>()
  for (const [id, one] of Object.entries(shared)) if (one !== schema) names.add(one, { id })
  names.add(schema, { id: placeholder })
  const { schemas } = z.toJSONSchema(names, {
    ...{ target: 'draft-7', io, unrepresentable: 'any', override },
    uri: (id) => `#/components/schemas/${id}`,
  })
  const { $id: _, $schema: __, ...rest } = schemas[placeholder] ?? {}
  return rest
}

const entries = (frames: Readonly<Record<string, Frame>>, io: 'input' | 'output') =>
  Object.entries(frames).map(([name, { schema, summary }]) => {
    const message = { name, summary, contentType: 'application/json', payload: jsonSchema(schema, io) }
    return [name, message] as const
  })

const inChannel = (name: string) => ({ $ref: `#/channels/ws/messages/${name}` })
const channel = { $ref: '#/channels/ws' }

const closes = (): string =>
  Object.entries(closeCodes)
    .map(([name, code]) => `- ${code} ${name}: ${mayReconnect(code) ? 'reconnect and resume' : 'do not reconnect'}`)
    .join('\n')

const description =
  () => `JSON text frames over one WebSocket, subprotocol \`backscroll.v1\`. The access token goes into the header
\`Authorization: Bearer <jwt>\` or, in browsers, into one more offered subprotocol \`bearer.<jwt>\`. A device with a registered key proves its
identity in \`connect\` with a DPoP proof (RFC 9449) over the token and the challenge that the server sends first.

Close codes:

${closes()}`

const channelMessages = { ...fromClient, ...replies, ...fromServer }

/** One for each frame: its own reply answers it, or it is refused. */
const requests = Object.fromEntries(
  Object.entries(fromClient).map(([name, { summary }]) => [
    name,
    {
      ...{ action: 'receive', channel, summary, messages: [inChannel(name)] },
      reply: { channel, messages: [inChannel(`reply_to_${name}`), inChannel('error')] },
    },
  ]),
)

/** The server's address: `ws:` for `http:`. */
const serverAt = (publicUrl: string) => {
  const { protocol, host, pathname } = new URL(publicUrl)
  const path = pathname.replace(/\/$/, '')
  return { host, protocol: protocol === 'https:' ? 'wss' : 'ws', ...(path !== '' && { pathname: path }) }
}

const usualUrl = 'http://127.0.0.1:8080'

/** The WebSocket protocol as an AsyncAPI 3 document, from the same zod schemas that check the frames. */
export const asyncApi = (version: string, publicUrl: string = usualUrl) => ({
  asyncapi: '3.0.0',
  info: {
    ...{ title: 'Backscroll WebSocket', version, description: description() },
    license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
  },
  defaultContentType: 'application/json',
  servers: { this: serverAt(publicUrl) },
  channels: {
    ws: {
      address: '/ws',
      servers: [{ $ref: '#/servers/this' }],
      messages: Object.fromEntries(
        Object.keys(channelMessages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
      ),
    },
  },
  operations: {
    ...requests,
    pushes: {
      action: 'send',
      channel,
      summary: 'Frames that the server sends without being asked.',
      messages: Object.keys(fromServer).map(inChannel),
    },
  },
  components: {
    messages: Object.fromEntries([
      ...entries(fromClient, 'input'),
      ...entries({ ...replies, ...fromServer }, 'output'),
    ]),
    schemas: Object.fromEntries(Object.entries(shared).map(([name, schema]) => [name, jsonSchema(schema, 'output')])),
  },
})
