import { describe, expect, it } from 'vitest'
import { BackscrollError } from '../../../../packages/client/src/errors/backscroll-error.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { watchStore } from '../../../../packages/client/src/tabs/leader-store.ts'

const open = (code: 'store_in_use' | 'unavailable') => {
  let reports = 0
  const store = {
    ...createMemoryStore(),
    write: () => Promise.reject(new BackscrollError(code)),
    erase: async () => {},
    abandon: () => {},
  }
  const watched = watchStore(store, () => {
    reports += 1
  })
  return { watched, reports: () => reports }
}

describe('the store of the leading tab', () => {
  it('reports that another tab has taken it over, when a write is refused for that', async () => {
    const { watched, reports } = open('store_in_use')
    await expect(watched.write([])).rejects.toMatchObject({ code: 'store_in_use' })
    expect(reports()).toBe(1)
  })

  it('does not report it while this tab erases the store: a late write is refused then too', async () => {
    const { watched, reports } = open('store_in_use')
    const erased = watched.erase?.()
    await expect(watched.write([])).rejects.toMatchObject({ code: 'store_in_use' })
    await erased
    expect(reports()).toBe(0)
  })

  it('does not report other failures', async () => {
    const { watched, reports } = open('unavailable')
    await expect(watched.write([])).rejects.toMatchObject({ code: 'unavailable' })
    expect(reports()).toBe(0)
  })
})
