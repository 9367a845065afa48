import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ClientWorld, openClientWorld } from '../../../support/client/client-world.ts'
import { createDishonestServer } from '../../../support/lies/dishonest-server.ts'

let world: ClientWorld
beforeAll(async () => {
  world = await openClientWorld()
})
afterAll(() => world.close())

it('somebody whose devices have only expired key packages cannot be written to, and the error says why', async () => {
  const server = createDishonestServer()
  server.onAnswer = async (path, answer) =>
    path.endsWith('/key-packages/claim') ? { ...answer, packages: [], without: ['one', 'two'] } : undefined
  await world.enrol('bob')
  const ann = await world.client('ann', 'one', server.options)
  ann.start()
  await ann.whenLive()
  await expect(ann.send({ user: 'bob' }, { text: 'hello' })).rejects.toMatchObject({
    code: 'no_device',
    temporary: false,
    message: expect.stringContaining('their key packages are used up or expired'),
    details: { userId: 'bob', devices: 2 },
  })
})
