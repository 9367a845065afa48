import { createBodySeal } from '../../../src/event-log/sealed-bodies/body-seal.ts'
import { createSealedLog } from '../../../src/event-log/sealed-bodies/sealed-log.ts'
import type { BodyKeys } from '../../../src/ports/body-keys.ts'
import type { EventLog } from '../../../src/ports/event-log.ts'

/** A log as a cluster has it: the bodies of messages are sealed where they stand. */
export const sealedLog = (
  log: EventLog,
  keys: Pick<BodyKeys, 'load' | 'obtain'>,
  onMissing: (stream: string) => void = () => {},
): EventLog => {
  const seal = createBodySeal({ keys, life: log.epoch.slice(0, 8), onMissing })
  return createSealedLog({ log, seal, onError: () => {} })
}
