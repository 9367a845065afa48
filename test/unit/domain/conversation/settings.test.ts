import { describe, it } from 'vitest'
import { alice, bob, carol, command, dave, direct, given, group } from './examples.ts'

const staff = group([bob, 'admin'], [carol, 'member'])

const settings = [
  [
    { type: 'RenameConversation', name: 'bmFtZQ==' },
    { type: 'ConversationRenamed', name: 'bmFtZQ==' },
  ],
  [
    { type: 'DescribeConversation', description: 'ZA==' },
    { type: 'ConversationDescribed', description: 'ZA==' },
  ],
  [
    { type: 'ChangeRetention', seconds: 3600 },
    { type: 'RetentionChanged', seconds: 3600 },
  ],
  [
    { type: 'ChangeRetention', seconds: null },
    { type: 'RetentionChanged', seconds: null },
  ],
  [
    { type: 'ChangePosting', posting: 'admins' },
    { type: 'PostingChanged', posting: 'admins' },
  ],
] as const

describe.each(settings)('%o', (body, data) => {
  it('is for owners and admins of a group', () => {
    for (const actor of [alice, bob])
      given(...staff)
        .when(command(actor, body))
        .thenData({ ...data, clientSeq: 1 })
    given(...staff)
      .when(command(carol, body))
      .thenRejection('forbidden')
  })

  it('is not for strangers', () => {
    given(...staff)
      .when(command(dave, body))
      .thenRejection('not_found')
  })
})

describe('in a direct conversation', () => {
  it('there is no name and no description', () => {
    given(...direct)
      .when(command(alice, settings[0][0]))
      .thenRejection('forbidden')
    given(...direct)
      .when(command(alice, settings[1][0]))
      .thenRejection('forbidden')
  })

  it('either changes the retention', () => {
    for (const actor of [alice, bob]) {
      given(...direct)
        .when(command(actor, { type: 'ChangeRetention', seconds: 60 }))
        .thenData({ type: 'RetentionChanged', seconds: 60, clientSeq: 1 })
    }
  })
})
