import { expect, it } from 'vitest'
import { createTabActivity } from '../../../../packages/client/src/tabs/tab-activity.ts'

it('Somebody is at a device as long as somebody is at one of its tabs, and a tab that is gone counts no more', () => {
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
