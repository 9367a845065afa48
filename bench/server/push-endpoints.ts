import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startBrowserPush } from '../../test/support/push/browser-push-double.ts'
import { startFcm } from '../../test/support/push/fcm-double.ts'
import { answerTasks } from '../process/answer-tasks.ts'

/** Where the services that wake devices are. */
export interface PushEndpoints {
  readonly fcmPort: number
  readonly webhookUrl: string
  /** The certificate authority of the push service of browsers. */
  readonly ca: string
  readonly origin: string
}

export interface BrowserSubscription {
  readonly endpoint: string
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

const startWebhook = async (): Promise<string> => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end())
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** Doubles of the three services, in a process of their own. */
const [fcm, browsers, webhookUrl] = [await startFcm(), await startBrowserPush(), await startWebhook()]

answerTasks({
  endpoints: (): PushEndpoints => ({ fcmPort: fcm.port, webhookUrl, ca: browsers.ca, origin: browsers.origin }),
  subscribe: ({ count }: { count: number }): readonly BrowserSubscription[] =>
    Array.from({ length: count }, (_, index) => browsers.subscribe(`browser-${index}`)),
})
