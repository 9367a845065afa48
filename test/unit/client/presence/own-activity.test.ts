import { expect, it } from 'vitest'
import { createOwnActivity } from '../../../../packages/client/src/presence/own-activity.ts'

it('A device that is away says so in its first frame, and sends each change once', () => {
  const sent: string[] = []
  let isConnected = false
  const activity = createOwnActivity((now) => {
    if (isConnected) sent.push(now)
    return isConnected
  })
  expect(activity.hello()).toEqual({})
  activity.set('away')
  expect(activity.hello()).toEqual({ activity: 'away' })
  activity.set('active')
  isConnected = true
  activity.live()
  activity.live()
  expect(sent).toEqual(['active'])
  activity.set('away')
  activity.set('away')
  activity.set('active')
  expect(sent).toEqual(['active', 'away', 'active'])
})
