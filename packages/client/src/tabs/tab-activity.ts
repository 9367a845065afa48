import type { DeviceActivity } from '@backscroll/protocol/client-frames'

/** What the tabs of a device say: somebody is at it as long as somebody is at one of them. */
export interface TabActivity {
  said(tab: string, activity: DeviceActivity): void
  /** A tab has come, or is gone. */
  changed(): void
}

/** `tabs`: all that there are. One that has said nothing counts as one with somebody there. */
export const createTabActivity = (
  tabs: () => Iterable<string>,
  apply: (activity: DeviceActivity) => void,
): TabActivity => {
  const said = new Map<string, DeviceActivity>()
  let applied: DeviceActivity = 'active'
  const changed = (): void => {
    const now = new Set(tabs())
    for (const tab of said.keys()) if (!now.has(tab)) said.delete(tab)
    const next = [...now].some((tab) => said.get(tab) !== 'away') ? 'active' : 'away'
    if (next === applied) return
    applied = next
    apply(next)
  }
  return {
    said: (tab, activity) => {
      said.set(tab, activity)
      changed()
    },
    changed,
  }
}
