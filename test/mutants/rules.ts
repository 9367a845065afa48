/**
 * What the SDK holds against a server that lies, and how each rule is switched off: so that the generated liar (`test/integration/client-lying-server`) can
 * be seen to find a rule that is missing. `of` must stand in the file once.
 */
export interface Patch {
  readonly file: string
  readonly of: string
  readonly to: string
}

export interface Mutant {
  readonly rule: string
  readonly patches: readonly Patch[]
}

const client = (file: string, of: string, to: string): Patch => ({ file: `packages/client/src/${file}`, of, to })
const protocol = (file: string, of: string, to: string): Patch => ({ file: `packages/protocol/src/${file}`, of, to })

export const mutants: readonly Mutant[] = [
  {
    rule: 'whoever is in the tree is in the roster',
    patches: [client('groups/members/admission.ts', '!roster.has(userId) || !mayBeIn', '!mayBeIn')],
  },
  {
    rule: 'a direct conversation holds the two whom its id names',
    patches: [
      client('groups/members/admission.ts', '!isDirect(conversationId) || userId === me', 'true || userId === me'),
    ],
  },
  {
    rule: 'the signer of a Welcome is the actor of its event',
    patches: [
      client(
        'groups/following/apply-commit.ts',
        'if (deviceName(vouched.signer) !== deviceName(event.actor))',
        'if (false)',
      ),
      client('groups/joining/join-group.ts', 'if (deviceName(vouched.signer) !== actor)', 'if (false)'),
    ],
  },
  {
    rule: 'a GroupInfo counts by the word of a member whom the device knows',
    patches: [client('groups/members/admission.ts', 'if (!known.has(userId)) throw', 'if (false) throw')],
  },
  {
    rule: 'an older epoch brings nobody back',
    patches: [
      client(
        'groups/members/admission.ts',
        'if (isLater({ generation, epoch }, group.highest))\n    return',
        'if (true)\n    return',
      ),
    ],
  },
  {
    rule: 'a reset is signed by a member',
    patches: [client('groups/following/apply-reset.ts', 'await requireByMember(group, event, reset)', '')],
  },
  {
    rule: 'nobody leaves the roster without a signature',
    patches: [
      client(
        'groups/following/apply-departure.ts',
        'if (!cutOff(group, userId, me.userId, inside)) return []',
        'goes(group, userId, me.userId, inside)',
      ),
    ],
  },
  {
    rule: 'nobody has another role without a commit',
    patches: [
      client(
        'groups/members/roster-changes.ts',
        'if (role !== undefined) group.claimed =',
        "if (role !== undefined && role.role !== 'member')\n    group.roles = { above: new Map([...(group.roles.above ?? []), [role.userId, role.role]]) }\n  if (role !== undefined) group.claimed =",
      ),
    ],
  },
  {
    rule: 'a signature is for these facts and no others',
    patches: [client('groups/state/signed-change.ts', 'if (!isSigned || deviceName', 'if (deviceName')],
  },
  {
    rule: 'a departure does not count again in a later epoch',
    patches: [client('groups/following/apply-departure.ts', 'if (isLater(here, signed)) throw', 'if (false) throw')],
  },
  {
    rule: 'a removal needs the right to it',
    patches: [
      client(
        'groups/following/apply-departure.ts',
        'if (!mayDepart(group, event.actor.userId, what.userId, change)) throw',
        'if (false) throw',
      ),
    ],
  },
  {
    rule: 'a role needs the right to it',
    patches: [
      client(
        'groups/members/role-rules.ts',
        'if (isKnown && !changesRole(role, before, change.role)) return undefined',
        '',
      ),
    ],
  },
  {
    rule: 'who removes somebody is a member',
    patches: [
      client('groups/following/apply-departure.ts', 'if (!group.roster.has(actor.userId)) throw', 'if (false) throw'),
      client(
        'groups/following/apply-departure.ts',
        'if (!mayDepart(group, event.actor.userId,',
        'if (group.roster.has(event.actor.userId) && !mayDepart(group, event.actor.userId,',
      ),
    ],
  },
  {
    rule: 'who is out by the server alone takes no stranger at the word',
    patches: [
      client(
        'groups/members/roster-changes.ts',
        "if (group.standing === 'out' && users.includes(me))",
        "if (group.standing !== 'in' && users.includes(me))",
      ),
    ],
  },
  {
    rule: 'who was removed lets nobody in',
    patches: [
      client(
        'groups/following/apply-commit.ts',
        'requireMembers(group, me.userId, [committer], group.roster)',
        'requireMembers(group, me.userId, [], group.roster)',
      ),
    ],
  },
  {
    rule: 'who was removed reads nothing that is sent afterwards',
    patches: [
      client('groups/sending/send-checks.ts', 'inside(group).filter((name) => group.leaving.has(name))', '[]'),
      client(
        'groups/sending/send-checks.ts',
        'if (group.state === undefined) return undefined\n    try',
        'if (group.state !== null) return undefined\n    try',
      ),
    ],
  },
  {
    rule: 'an own removal counts as soon as it is accepted',
    patches: [
      client(
        'encryption/mls-sending.ts',
        'if (userId === undefined || userId === me.userId) return',
        'if (userId !== null) return',
      ),
    ],
  },
  {
    rule: 'a device is certified by its user',
    patches: [
      client('trust/credential-check.ts', 'if (!(await certified(credential, publicKey))) throw', 'if (false) throw'),
    ],
  },
  {
    rule: 'an identity key is the one that was seen first',
    patches: [client('trust/credential-check.ts', "if (verdict !== 'trusted') throw", 'if (false) throw')],
  },
  {
    rule: 'a device keeps the key that it was seen with',
    patches: [
      client(
        'trust/trust-verdict.ts',
        "links.some((link) => isOtherKey(pin, link)) ? 'other_key' : 'trusted'",
        "'trusted'",
      ),
    ],
  },
  {
    rule: 'a revoked device reads nothing that is sent afterwards',
    patches: [
      client(
        'trust/trust-verdict.ts',
        "if (standing !== 'stands') return standing",
        "if (standing === 'other_identity') return standing",
      ),
    ],
  },
  {
    rule: 'an identity key hands over by its own signature',
    patches: [
      protocol('identity-statements.ts', '[{ key: identityKey, bytes, signature }, ...keptChecks', '[...keptChecks'),
    ],
  },
  {
    rule: 'a device is revoked by the signature of its user',
    patches: [
      protocol(
        'identity-statements.ts',
        'checks && [...checks, { key: statement.by?.signatureKey ?? identityKey, bytes, signature }]',
        'checks && [...checks]',
      ),
    ],
  },
  {
    rule: 'a blob is what its hash names',
    patches: [client('rest/mls-directory.ts', 'if ((await hashOf(bytes)) !== hash) throw', 'if (false) throw')],
  },
  {
    rule: 'a message is what its sender has said about it',
    patches: [client('mls/tamper-check.ts', 'return difference === undefined ?', 'return difference !== null ?')],
  },
]
