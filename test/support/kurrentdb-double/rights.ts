import type { Metadata, StatusObject } from '@grpc/grpc-js'
import type { EventStore } from './event-store.ts'
import { accessDenied, unauthenticated } from './rpc-errors.ts'

export interface User {
  readonly password: string
  readonly groups?: readonly string[]
}

/** As they are called in the metadata of a stream. */
export type Right = '$r' | '$w' | '$d'

export interface Rights {
  /** Why the sender of a call may not do so with the stream; undefined for who may. */
  refusal(call: Metadata, stream: string, right: Right): StatusObject | undefined
}

const admins = '$admins'
const everybody = '$all'

/** A server without users asks nobody who it is. */
export const noRights: Rights = { refusal: () => undefined }

/** The stream whose metadata decide, and the right that is looked up there. */
const deciding = (stream: string, right: Right): { readonly of: string; readonly right: string } =>
  stream.startsWith('$$') ? { of: stream.slice(2), right: right === '$r' ? '$mr' : '$mw' } : { of: stream, right }

const namesOf = (user: string | undefined, groups: readonly string[]): ReadonlySet<string> =>
  new Set([everybody, ...(user === undefined ? [] : [user, ...groups])])

/**
 * The server's rules: an admin may do everything; a stream's metadata name who else may; where they do not, everybody may in streams of users and
 * nobody in those that begin with `$`, of which `$all` is one.
 */
export const createRights = (
  users: Readonly<Record<string, User>>,
  { metadataOf }: Pick<EventStore, 'metadataOf'>,
): Rights => {
  const senderOf = (call: Metadata): { readonly names: ReadonlySet<string> } | undefined => {
    const [header] = call.get('authorization')
    if (header === undefined) return { names: namesOf(undefined, []) }
    const [name = '', password] = Buffer.from(String(header).slice('Basic '.length), 'base64').toString().split(':')
    const user = users[name]
    return user?.password === password ? { names: namesOf(name, user?.groups ?? []) } : undefined
  }

  return {
    refusal(call, stream, wanted) {
      const sender = senderOf(call)
      if (sender === undefined) return unauthenticated()
      const { of, right } = deciding(stream, wanted)
      const allowed = metadataOf(of).acl.get(right) ?? [of.startsWith('$') ? admins : everybody]
      return [admins, ...allowed].some((name) => sender.names.has(name)) ? undefined : accessDenied()
    },
  }
}
