import { type Rejection, type RejectionCode, rejection } from './rejection.ts'

/**
 * A decider's answer: new events; or the revision of the event that an earlier, identical command led to
 * (`undefined` when the state no longer remembers it and the handler must look it up); or a rejection, which uses
 * up nothing.
 */
export type Decision<Event> =
  | { readonly kind: 'accepted'; readonly events: readonly Event[] }
  | { readonly kind: 'repeat'; readonly revision: number | undefined }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }

export const accepted = <Event>(...events: readonly Event[]): Decision<Event> => ({ kind: 'accepted', events })

export const rejected = (code: RejectionCode, message: string, details?: Rejection['details']): Decision<never> => ({
  kind: 'rejected',
  rejection: rejection(code, message, details),
})
