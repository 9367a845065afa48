import { limits } from '@backscroll/protocol/limits'
import { done } from '@backscroll/protocol/rest/done'
import type { z } from 'zod'
import { createProgress } from '../progress.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { createOperatorRequests, type OperatorMethod } from '../settings/operator-requests.ts'
import type { ServerOptions } from '../views/operate-views.ts'

export interface ListOptions extends ServerOptions {
  readonly limit: number
}

export interface ActOptions extends ServerOptions {
  /** For the audit. */
  readonly reason?: string
}

type Page<Item> = z.ZodType<{ readonly items: readonly Item[]; readonly cursor?: string | undefined }>

const pathWith = (path: string, query: Readonly<Record<string, string>>): string => {
  const text = new URLSearchParams(query).toString()
  return text === '' ? path : `${path}?${text}`
}

/** What admin commands ask of the server: to read something, to read a list, to do something. */
export const createAdminRequests = (options: ServerOptions, env: Environment) => {
  const ask = createOperatorRequests(options.server, env)

  /** Reads pages up to the limit. `page` asks for one. */
  const readPages = async <Item>(
    limit: number,
    page: (place: { readonly limit: number; readonly cursor?: string }) => Promise<z.output<Page<Item>>>,
  ): Promise<readonly Item[]> => {
    const progress = createProgress(options, process.stderr, Date.now)
    const report = progress.stage('entries', limit)
    const items: Item[] = []
    let cursor: string | undefined
    do {
      const size = Math.min(limits.page.maximum, limit - items.length)
      const next = await page({ limit: size, ...(cursor !== undefined && { cursor }) })
      items.push(...next.items)
      report(items.length)
      cursor = next.cursor
    } while (cursor !== undefined && items.length < limit)
    progress.end()
    return items
  }

  return {
    read: ask,
    /** A list behind GET. */
    list: <Item>(schema: Page<Item>, path: string, limit: number, query: Readonly<Record<string, string>> = {}) =>
      readPages(limit, ({ limit: size, cursor }) =>
        ask(schema, pathWith(path, { ...query, limit: String(size), ...(cursor !== undefined && { cursor }) })),
      ),
    /** A list behind POST, because what is searched for must not be in a path. */
    search: <Item>(schema: Page<Item>, path: string, limit: number, wanted: object) =>
      readPages(limit, (place) => ask(schema, path, { ...wanted, ...place })),
    /** Something that the audit records. */
    act: async (
      method: OperatorMethod,
      path: string,
      { reason }: ActOptions,
      { body, query = {} }: { readonly body?: object; readonly query?: Readonly<Record<string, string>> } = {},
    ): Promise<void> => {
      const asked = pathWith(path, { ...(reason !== undefined && { reason }), ...query })
      await ask(done, asked, body, method)
    },
  }
}
