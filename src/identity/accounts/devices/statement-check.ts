import { ProtocolError } from '@backscroll/protocol/errors'
import { type IdentityStatement, statementChecks } from '@backscroll/protocol/identity-statements'
import { areGood } from './signatures.ts'

export const badStatement = (reason: string): ProtocolError =>
  new ProtocolError('bad_statement', undefined, { details: { reason } })

/** By this user, under this identity key, with valid signatures. Throws `bad_statement`. */
export const checkStatement = (
  statement: IdentityStatement,
  { userId }: { readonly userId: string },
  identityKey: string | null,
): void => {
  if (statement.userId !== userId) throw badStatement('of another user')
  if (statement.identityKey !== identityKey) throw badStatement('of another identity key')
  if (!areGood(statementChecks(statement))) throw badStatement('signature')
}
