import { mlsExporter } from 'ts-mls'
import { mlsSuite } from '../../../packages/client/src/mls/library/mls-suite.ts'
import type { GroupState } from '../../../packages/client/src/mls/state/group-state.ts'

/** The same bytes for all members of an epoch, and for nobody else. */
export const epochAuthenticatorOf = ({ mls }: GroupState): Uint8Array => mls.keySchedule.epochAuthenticator.slice()

export const exportedSecret = async (
  { mls }: GroupState,
  label: string,
  context: Uint8Array,
  length: number,
): Promise<Uint8Array> => mlsExporter(mls.keySchedule.exporterSecret, label, context, length, await mlsSuite())
