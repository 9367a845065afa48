import { expect, it } from 'vitest'
import { createPort } from '../../../../packages/client/src/runtime/port.ts'
import { createTopic } from '../../../../packages/client/src/runtime/topic.ts'

it('a topic tells everybody who listens, at once and in order', () => {
  const heard: string[] = []
  const topic = createTopic<[word: string]>()
  topic.tell('nobody hears it')
  topic.on((word) => void heard.push(`first ${word}`))
  topic.on((word) => void heard.push(`second ${word}`))
  topic.tell('hello')
  expect(heard).toEqual(['first hello', 'second hello'])
})

it('a port is asked of the one part that answers it, and says so when there is none or a second one', () => {
  const port = createPort<[one: number], number>('the answer')
  expect(() => port.ask(1)).toThrow('Nothing answers the answer yet')
  port.answerBy((one) => one + 1)
  expect(port.ask(1)).toBe(2)
  expect(() => port.answerBy(() => 0)).toThrow('the answer is answered twice')
})
