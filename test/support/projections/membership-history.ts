import fc from 'fast-check'
import type { Conversation } from './read-side.ts'

/** One step of a random life of a few conversations; a step that makes no sense where it falls is skipped. */
export type Step =
  | { readonly kind: 'send' | 'react' | 'join' | 'part'; readonly conversation: number; readonly user: number }
  | { readonly kind: 'settle' }

export const users = ['ann', 'bob', 'cyd'] as const
export const conversationCount = 2

const place = { conversation: fc.nat(conversationCount - 1), user: fc.nat(users.length - 1) }

export const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('send' as const, 'react' as const), ...place }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('join' as const, 'part' as const), ...place }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'settle' as const }) },
  ),
  { minLength: 5, maxLength: 60, size: 'max' },
)

/** What is true of one conversation, kept by the simplest means: for each event who may see it. */
export const createTruth = (conversation: Conversation) => {
  const members = new Set<string>()
  const visible = new Map<number, ReadonlySet<string>>()
  let newest: Awaited<ReturnType<Conversation['send']>> | undefined
  /** Starts the conversation with a founder who is never a subject, so that somebody can always act. */
  const begin = async () => visible.set(await conversation.start('founder', []), new Set(['founder']))

  const note = (revision: number, others: Iterable<string> = []) =>
    visible.set(revision, new Set(['founder', ...members, ...others]))

  const join = async (user: string) => {
    if (members.has(user)) return
    const revision = await conversation.add('founder', [user])
    members.add(user)
    note(revision)
  }
  const part = async (user: string) => {
    if (!members.delete(user)) return
    note(await conversation.remove('founder', user), [user])
  }
  const send = async (user: string) => {
    if (!members.has(user)) return
    newest = await conversation.send(user, 'AAAA')
    note(newest.revision)
  }
  const react = async (user: string) => {
    if (!members.has(user) || newest === undefined) return
    note(await conversation.react(user, newest, 'BBBB'))
  }
  return { conversation, members, begin, join, part, send, react, seenBy: (revision: number) => visible.get(revision) }
}

export type Truth = ReturnType<typeof createTruth>

export const play = async (truths: readonly Truth[], step: Step): Promise<void> => {
  if (step.kind === 'settle') return
  const user = users[step.user] ?? 'ann'
  await truths[step.conversation]?.[step.kind](user)
}

/** Every visible event of a user, as `<conversation>@<revision>`, in order of position. */
export const visibleTo = (
  user: string,
  events: readonly { readonly stream: string; readonly revision: number }[],
  truths: readonly Truth[],
): readonly string[] =>
  events
    .filter(({ stream, revision }) =>
      truths
        .find(({ conversation }) => conversation.stream === stream)
        ?.seenBy(revision)
        ?.has(user),
    )
    .map(({ stream, revision }) => `${stream}@${revision}`)
