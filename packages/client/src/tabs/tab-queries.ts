import type { BackscrollClient } from '../api/client-api.ts'
import type { AcceptedInvite, MadeInvite, ShownInvite } from '../api/client-invites.ts'
import type { ClientPush } from '../api/client-push.ts'
import type { ClientBackup } from '../archive/backup/history-backup.ts'
import type { ClientHistoryTransfer } from '../archive/history-transfer.ts'
import { createStreamKey } from '../crypto/stream-cipher.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { Target } from './leader-link.ts'
import { calledRemotely, type Remote, remoteMethods } from './remote-methods.ts'

const gone = () => new BackscrollError('disconnected', { message: 'The tab that was asked is gone' })

/** Calls of a tab to its leader. `route` resolves when there is a leader, and rejects when this tab is closed. */
export const createTabQueries = (
  route: () => Promise<Target>,
): Pick<BackscrollClient, Remote | 'exportHistory' | 'people' | 'invites' | 'push' | 'historyTransfer' | 'backup'> & {
  readonly ask: (method: string, args: readonly unknown[]) => Promise<unknown>
} => {
  const ask = async (method: string, args: readonly unknown[], again = true): Promise<unknown> => {
    for (;;) {
      const target = await route()
      try {
        return await target.call(method, args)
      } catch (thrown) {
        if (!target.isOver()) throw thrown
        if (!again) throw gone()
      }
    }
  }
  /** After the first item the list is not restarted at a new leader: only the caller knows where to resume. */
  async function* list(method: string, args: readonly unknown[]): AsyncGenerator<unknown, undefined> {
    for (let hasBegun = false; ; ) {
      const target = await route()
      try {
        for await (const item of (await target.call(method, args)) as AsyncIterable<unknown>) {
          hasBegun = true
          yield item
        }
        return
      } catch (thrown) {
        if (!target.isOver()) throw thrown
        if (hasBegun) throw gone()
      }
    }
  }
  const methodOf = (name: Remote) => {
    const kind = remoteMethods[name]
    if (kind === 'list') return (...args: readonly unknown[]) => list(name, args)
    return (...args: readonly unknown[]) => ask(name, args, kind === 'again')
  }
  const methods = Object.fromEntries(calledRemotely.map((name) => [name, methodOf(name)]))
  return {
    ...(methods as Pick<BackscrollClient, never> as Pick<BackscrollClient, Remote>),
    ask,
    invites: {
      create: (options) => ask('invites.create', [options], false) as Promise<MadeInvite>,
      list: () => ask('invites.list', []) as Promise<readonly ShownInvite[]>,
      revoke: async (inviteId) => void (await ask('invites.revoke', [inviteId])),
      accept: (link) => ask('invites.accept', [link], false) as Promise<AcceptedInvite>,
    },
    backup: {
      status: () => ask('backup.status', []) as ReturnType<ClientBackup['backup']['status']>,
      enable: async (recoveryKey) => void (await ask('backup.enable', [recoveryKey])),
      disable: async () => void (await ask('backup.disable', [])),
      update: async () => void (await ask('backup.update', [])),
      restore: async (recoveryKey) => void (await ask('backup.restore', [recoveryKey])),
    },
    historyTransfer: {
      state: () => ask('historyTransfer.state', []) as ReturnType<ClientHistoryTransfer['historyTransfer']['state']>,
      request: async () => void (await ask('historyTransfer.request', [])),
      cancel: async () => void (await ask('historyTransfer.cancel', [])),
    },
    push: {
      offer: () => ask('push.offer', []) as ReturnType<ClientPush['push']['offer']>,
      register: async (target) => void (await ask('push.register', [target])),
      unregister: async () => void (await ask('push.unregister', [])),
      preferences: () => ask('push.preferences', []) as ReturnType<ClientPush['push']['preferences']>,
      setPreferences: (preferences) =>
        ask('push.setPreferences', [preferences]) as ReturnType<ClientPush['push']['setPreferences']>,
    },
    people: {
      find: (login) => ask('people.find', [login]) as Promise<string | undefined>,
      isFindable: () => ask('people.isFindable', []) as Promise<boolean>,
      setFindable: async (isFindable) => void (await ask('people.setFindable', [isFindable])),
    },
    exportHistory: (key = createStreamKey()) => ({
      key,
      data: list('exported', [key]) as AsyncGenerator<Uint8Array, undefined>,
    }),
  }
}
