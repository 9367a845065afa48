import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js'
import type { StoredEvent } from './stored-event.ts'

/** What a filtered read or subscription lets through, and after how many events it tells how far it has looked. */
export interface Filter {
  matches(event: StoredEvent): boolean
  readonly checkpointEvery: number
}

type Options = ReadReq.Options.FilterOptions

const matcher = (expression: ReadReq.Options.FilterOptions.Expression | undefined): ((text: string) => boolean) => {
  const prefixes = expression?.getPrefixList() ?? []
  const regex = new RegExp(expression?.getRegex() ?? '')
  return prefixes.length > 0 ? (text) => prefixes.some((prefix) => text.startsWith(prefix)) : (text) => regex.test(text)
}

export const filterOf = (options: Options | undefined): Filter | undefined => {
  if (options === undefined) return undefined
  const byType = options.hasEventType()
  const matches = matcher(byType ? options.getEventType() : options.getStreamIdentifier())
  const window = options.hasMax() ? options.getMax() : 32
  return {
    matches: (event) => matches(byType ? event.type : event.stream),
    checkpointEvery: window * Math.max(1, options.getCheckpointintervalmultiplier()),
  }
}
