import { createServer } from 'node:http'
import { Agent } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { createScript, type Scripted } from './scripted-answers.ts'

/** An error in the form of FCM's HTTP v1 API. */
export const fcmError = (status: number, code: string, headers: Readonly<Record<string, string>> = {}): Scripted => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({
    error: {
      ...{ code: status, message: code, status: code },
      details: [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: code }],
    },
  }),
})

interface SentMessage {
  readonly token: string
  readonly [field: string]: unknown
}

/** Firebase Cloud Messaging over plain HTTP. An agent directs the library to it. */
export const startFcm = async () => {
  const sent: { readonly message: SentMessage; readonly authorization: string | undefined; readonly url: string }[] = []
  const script = createScript({ status: 200 })
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { message } = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    const { authorization } = request.headers
    sent.push({ message, authorization, url: request.url ?? '' })
    const answer = script.next(message.token)
    if (answer === 'hang') return
    const headers = { 'content-type': 'application/json', ...answer.headers }
    response.writeHead(answer.status, headers).end(answer.body ?? '{"name":"projects/p/messages/1"}')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true })
  agent.createConnection = () => connect(port, '127.0.0.1')
  return {
    sent,
    agent,
    port,
    answer: script.answer,
    close: async () => {
      agent.destroy()
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
