import { encodeAad, encodeContent } from '../../packages/client/src/content/message-content.ts'

/** What the benches send: 300 characters of text. */
export const text = 'a word. '.repeat(38).slice(0, 300)

/** A message as the SDK hands it to the engine. */
export const textMessage = (messageId: string) => ({
  plaintext: encodeContent({ messageId }, { type: 'text', body: { text } }),
  aad: encodeAad({ messageId }),
})
