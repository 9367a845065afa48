import { type IdentityStatement, statementChecks } from '../../protocol/identity-statements.ts'
import { allGood } from './device.ts'

/** Every signature in it is good. */
export const isGenuine = (statement: IdentityStatement): Promise<boolean> => allGood(statementChecks(statement))
