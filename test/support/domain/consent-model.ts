import { directConversationId } from '@backscroll/protocol/direct-conversation-id'

/** The whole model: members, requests, and the users' settings. */
export type Openness = 'everyone' | 'known' | 'nobody'
export type Kind = 'direct' | 'group'

export interface ModelConversation {
  readonly id: string
  readonly kind: Kind
  readonly owner: string
  readonly members: Map<string, 'in' | 'invited'>
  /** The users who started it or have accepted it. */
  readonly answered: Set<string>
}

interface Person {
  direct: Openness
  groups: Openness
  readonly blocked: Set<string>
  /** Conversations that wait for an answer, oldest first. */
  readonly requests: Set<string>
}

export const createConsentModel = (users: readonly string[]) => {
  const people = new Map<string, Person>(
    users.map((user) => [user, { direct: 'everyone', groups: 'known', blocked: new Set(), requests: new Set() }]),
  )
  const conversations = new Map<string, ModelConversation>()

  const person = (user: string): Person => {
    const found = people.get(user)
    if (found === undefined) throw new Error(`nobody is called ${user}`)
    return found
  }
  const all = (): readonly ModelConversation[] => [...conversations.values()]
  const isIn = ({ members }: ModelConversation, user: string): boolean => members.get(user) === 'in'
  /** To be written to is not to know. In the model nobody but who began a conversation writes in it. */
  const knows = (user: string, by: string): boolean =>
    all().some((one) => isIn(one, user) && isIn(one, by) && (one.kind === 'group' || one.answered.has(user)))

  const mustAsk = (by: string, user: string, kind: Kind): boolean => {
    const { blocked, direct, groups } = person(user)
    const openness = kind === 'direct' ? direct : groups
    return blocked.has(by) || openness === 'nobody' || (openness === 'known' && !knows(user, by))
  }

  const bring = (conversation: ModelConversation, by: string, others: readonly string[]): void => {
    const asked = others.filter((user) => mustAsk(by, user, conversation.kind))
    for (const user of others) conversation.members.set(user, asked.includes(user) ? 'invited' : 'in')
    for (const user of asked) if (!person(user).blocked.has(by)) person(user).requests.add(conversation.id)
  }

  const begin = (id: string, kind: Kind, owner: string, others: readonly string[]): void => {
    const conversation: ModelConversation = {
      id,
      kind,
      owner,
      members: new Map([[owner, 'in']]),
      answered: new Set([owner]),
    }
    bring(conversation, owner, others)
    conversations.set(id, conversation)
  }

  const part = (id: string, user: string): void => {
    conversations.get(id)?.members.delete(user)
    person(user).requests.delete(id)
  }

  const decline = (id: string, user: string): void => {
    if (conversations.get(id)?.kind === 'group') part(id, user)
    person(user).requests.delete(id)
  }

  const peerOf = ({ kind, members }: ModelConversation, user: string): string | undefined =>
    kind === 'direct' ? [...members.keys()].find((other) => other !== user) : undefined

  return {
    all,
    isIn,
    person,
    direct: (user: string, peer: string): string => directConversationId(user, peer),
    begin,
    add: (id: string, by: string, user: string): void => {
      const conversation = conversations.get(id)
      if (conversation !== undefined) bring(conversation, by, [user])
    },
    part,
    decline,
    accept: (id: string, user: string): void => {
      conversations.get(id)?.members.set(user, 'in')
      conversations.get(id)?.answered.add(user)
      person(user).requests.delete(id)
    },
    block: (user: string, other: string): void => {
      if (person(user).blocked.has(other)) return
      person(user).blocked.add(other)
      // Each conversation has one who brings in.
      for (const { id, owner } of all()) if (owner === other && person(user).requests.has(id)) decline(id, user)
    },
    unblock: (user: string, other: string): void => {
      person(user).blocked.delete(other)
    },
    inbox: (user: string): readonly string[] =>
      all()
        .filter((one) => isIn(one, user) && !person(user).blocked.has(peerOf(one, user) ?? ''))
        .map(({ id }) => id)
        .sort(),
  }
}

export type ConsentModel = ReturnType<typeof createConsentModel>
