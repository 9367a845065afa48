import type { DocumentReader } from '../../ports/document-store.ts'
import type { Position } from '../../ports/event-log.ts'

/**
 * What the runner keeps beside the documents, as meta values:
 * - `epoch`: of the log that everything was folded from;
 * - `live`, `building`: the generations of the views, served and being rebuilt, each with its checkpoint;
 * - `parked/<stream>`, `building-parked/<stream>`: streams that stand still;
 * - `dropping/<collection>`: a generation that is no longer served and is still to be dropped, with the time since when.
 */
export interface GenerationState {
  /** Physical name of the collection: `<view>.v<version>.<n>`. */
  readonly collection: string
  readonly version: number
  /** Everything at or below this position is folded. */
  readonly position: Position
}

export type Generations = ReadonlyMap<string, GenerationState>

export interface ParkedStream {
  readonly stream: string
  /** The revision of the event that could not be folded. */
  readonly revision: number
  readonly position: Position
  readonly error: string
}

export type Phase = 'live' | 'building'
export type MetaChanges = Record<string, string | null>

const parkedPrefix = { live: 'parked/', building: 'building-parked/' } as const
export const droppingPrefix = 'dropping/'
export const parkedKey = (phase: Phase, stream: string): string => `${parkedPrefix[phase]}${stream}`

interface StoredGeneration {
  readonly collection: string
  readonly version: number
  readonly position: string
}

export const encodeGenerations = (generations: Generations): string => {
  const all = [...generations].map(([name, each]) => [name, { ...each, position: String(each.position) }])
  return JSON.stringify(Object.fromEntries(all))
}

export const decodeGenerations = (text: string | undefined): Map<string, GenerationState> => {
  const all: Record<string, StoredGeneration> = JSON.parse(text ?? '{}')
  return new Map(Object.entries(all).map(([name, each]) => [name, { ...each, position: BigInt(each.position) }]))
}

export const encodeParked = ({ revision, position, error }: ParkedStream): string =>
  JSON.stringify({ revision, position: String(position), error })

const decodeParked = (stream: string, text: string): ParkedStream => {
  const { revision, position, error }: { revision: number; position: string; error: string } = JSON.parse(text)
  return { stream, revision, position: BigInt(position), error }
}

export const readGenerations = async (reader: DocumentReader, phase: Phase): Promise<Map<string, GenerationState>> =>
  decodeGenerations(await reader.getMeta(phase))

/** Whether a stream stands still in the live views. */
export const isParkedIn = async (reader: Pick<DocumentReader, 'getMeta'>, stream: string): Promise<boolean> =>
  (await reader.getMeta(parkedKey('live', stream))) !== undefined

export const readParked = async (reader: DocumentReader, phase: Phase): Promise<Map<string, ParkedStream>> => {
  const prefix = parkedPrefix[phase]
  const entries = await reader.listMeta(prefix)
  return new Map(
    entries.map(([key, value]) => [key.slice(prefix.length), decodeParked(key.slice(prefix.length), value)]),
  )
}
