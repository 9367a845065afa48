import type { DeviceActivity } from '@backscroll/protocol/client-frames'

/** Combines the activity of all tabs: somebody is at the device while somebody is at one of its tabs. */
export interface TabActivity {
  said(tab: string, activity: DeviceActivity): void
  /** A tab has joined or is gone. */
  changed(): void
}

/** `tabs` returns all current tabs. A tab that has said nothing counts as active. */
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
