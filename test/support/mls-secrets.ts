import { mlsExporter } from 'ts-mls'
import type { GroupState } from '../../src/client/e2ee/group-state.ts'
import { mlsSuite } from '../../src/client/e2ee/mls-suite.ts'

/** The same bytes for all members of an epoch, and for nobody else. */
export const epochAuthenticatorOf = ({ mls }: GroupState): Uint8Array => mls.keySchedule.epochAuthenticator.slice()

export const exportedSecret = async (
  { mls }: GroupState,
  label: string,
  context: Uint8Array,
  length: number,
): Promise<Uint8Array> => mlsExporter(mls.keySchedule.exporterSecret, label, context, length, await mlsSuite())
