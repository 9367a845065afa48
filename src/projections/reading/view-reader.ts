import type { Document, DocumentReader, Query } from '../../ports/document-store.ts'
import type {
  AcknowledgementDocument,
  BlobDocument,
  CommandDocument,
  ConversationDocument,
  DeletionDocument,
  GroupDocument,
  MediaDocument,
  MembershipDocument,
  MessageDocument,
  ReactionDocument,
  ReceiptDocument,
  WatermarkDocument,
  WelcomeDocument,
} from '../documents.ts'
import { padded } from '../documents.ts'
import type { MarksDocument, StarDocument } from '../marks-document.ts'

interface ViewDocuments {
  readonly conversations: ConversationDocument
  readonly memberships: MembershipDocument
  readonly timeline: MessageDocument
  readonly reactions: ReactionDocument
  readonly deletions: DeletionDocument
  readonly commands: CommandDocument
  readonly watermarks: WatermarkDocument
  readonly receipts: ReceiptDocument
  readonly groups: GroupDocument
  readonly welcomes: WelcomeDocument
  readonly acknowledgements: AcknowledgementDocument
  readonly blobs: BlobDocument
  readonly media: MediaDocument
  readonly marks: MarksDocument
  readonly stars: StarDocument
}

export type ViewName = keyof ViewDocuments

/** The document store, read by view: the live generation of each, with the type of its documents. */
export interface Views {
  get<View extends ViewName>(view: View, key: string): Promise<ViewDocuments[View] | undefined>
  find<View extends ViewName>(view: View, query: Query): Promise<readonly ViewDocuments[View][]>
  /** In the order of `keys`; those that do not exist are missing from the map. */
  byKeys<View extends ViewName>(view: View, keys: readonly string[]): Promise<ReadonlyMap<string, ViewDocuments[View]>>
  count(view: ViewName, query: Query, cap: number): Promise<number>
}

export interface ViewsDeps {
  readonly documents: DocumentReader
  /** The live generation of a view: its physical collection. */
  readonly collectionOf: (view: string) => string
}

/** The catalog pairs a view's name with the type of its documents; the store itself knows only JSON. */
const typed = <Doc>(document: Document): Doc => document as Doc

export const createViews = ({ documents, collectionOf }: ViewsDeps): Views => ({
  async get<View extends ViewName>(view: View, key: string) {
    const found = await documents.get(collectionOf(view), key)
    return found === undefined ? undefined : typed<ViewDocuments[View]>(found.document)
  },
  async find<View extends ViewName>(view: View, query: Query) {
    const found = await documents.find(collectionOf(view), query)
    return found.map(({ document }) => typed<ViewDocuments[View]>(document))
  },
  async byKeys<View extends ViewName>(view: View, keys: readonly string[]) {
    if (keys.length === 0) return new Map<string, ViewDocuments[View]>()
    const found = await documents.find(collectionOf(view), { key: { in: keys } })
    return new Map(found.map(({ key, document }) => [key, typed<ViewDocuments[View]>(document)]))
  },
  count: (view, query, cap) => documents.count(collectionOf(view), query, cap),
})

export const membershipKey = (conversationId: string, userId: string): string => `${conversationId}/${userId}`
export const marksKey = (userId: string, conversationId: string): string => `${userId}/${conversationId}`
export const revisionKey = (conversationId: string, revision: number): string => `${conversationId}/${padded(revision)}`
export const messageKey = (conversationId: string, seq: number): string => `${conversationId}/${padded(seq)}`

/** Keys that begin with `<prefix>/`: `0` follows `/` in code point order, and ids hold no `/`. */
export const under = (prefix: string) => ({ gte: `${prefix}/`, lt: `${prefix}0` })
