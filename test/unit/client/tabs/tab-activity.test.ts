import { expect, it } from 'vitest'
import { createTabActivity } from '../../../../packages/client/src/tabs/tab-activity.ts'

it('A device is active while one of its tabs is, and a tab that is gone no longer counts', () => {
  const tabs = new Set(['one'])
  const applied: string[] = []
  const activity = createTabActivity(
    () => tabs,
    (now) => applied.push(now),
  )
  activity.said('one', 'away')
  expect(applied).toEqual(['away'])
  tabs.add('two')
  activity.changed()
  expect(applied).toEqual(['away', 'active'])
  activity.said('two', 'away')
  activity.said('one', 'active')
  activity.said('two', 'away')
  expect(applied).toEqual(['away', 'active', 'away', 'active'])
  tabs.delete('one')
  activity.changed()
  activity.changed()
  expect(applied).toEqual(['away', 'active', 'away', 'active', 'away'])
})
