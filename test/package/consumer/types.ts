/** An application that is checked as strictly as can be: what it uses has types that are whole. */
import {
  type BackscrollClient,
  BackscrollError,
  type ClientOptions,
  type Content,
  createClient,
  createMemoryStore,
  createOAuthTokens,
  type SignIn,
} from '@backscroll/client'
import { createFileStore } from '@backscroll/client/node'

const options: ClientOptions = {
  url: 'https://chat.example.org',
  userId: 'alice',
  deviceId: 'phone',
  token: async () => 'token',
  store: createMemoryStore(),
}

export const open = async (): Promise<BackscrollClient> => {
  const client = await createClient({ ...options, store: createFileStore('./alice') })
  client.on('message', ({ conversationId, event, content }) => {
    const userId: string = event.actor.userId
    const said: Content | undefined = content
    console.log(conversationId, userId, said)
  })
  client.on('state', ({ state }) => {
    if (state.name === 'stopped') console.log(state.reason)
    // @ts-expect-error No state has this name: the names are not just any text.
    if (state.name === 'asleep') console.log(state)
  })
  // @ts-expect-error A message has a text, or bytes.
  await client.send({ user: 'bob' }, { txt: 'Hi' })
  const { position, conversationId }: { position: string; conversationId: string } = await client.send(
    { user: 'bob' },
    { text: 'Hi' },
  )
  for await (const { content } of client.history(conversationId, { atLeast: position })) console.log(content)
  return client
}

export const isStopped = (thrown: unknown): boolean => thrown instanceof BackscrollError && thrown.code === 'stopped'

export const userOf = async (store: { load(): Promise<SignIn | undefined>; save(one?: SignIn): Promise<void> }) =>
  (await createOAuthTokens({ url: options.url, clientId: 'web', store }).current())?.userId
