import { answerTasks } from '../process/answer-tasks.ts'
import { type ClosedLoopOptions, closedLoop } from './closed-loop.ts'
import { type Group, type GroupOptions, openGroup } from './group.ts'
import { type IdleOptions, openIdle } from './idle.ts'
import { measureMlsGroup } from './mls-group.ts'
import { type OpenLoopOptions, openLoop } from './open-loop.ts'
import { openPairs, type Pairs, type PairsOptions } from './pairs.ts'
import { createPresenceLoad } from './presence.ts'
import { type ResumeOptions, resume } from './resume.ts'
import { createSdkDialogue } from './sdk-dialogue.ts'
import { createSdkGroups } from './sdk-groups.ts'
import { runSdkPairs, type SdkPairsOptions } from './sdk-pairs.ts'
import { introduce, type StormOptions, storm } from './storm.ts'
import { createTokenSource } from './token-source.ts'

/** The load generator's process: bare `ws` clients, so that it needs less CPU than the server it loads; and the SDK, where that is measured. */
const [keys = '.'] = process.argv.slice(2)
const tokens = await createTokenSource(keys)
const pairs = new Map<string, Pairs>()
const groups = new Map<string, Group>()
const sdkGroups = createSdkGroups(tokens)
const dialogue = createSdkDialogue(tokens)
const presence = createPresenceLoad(tokens)

const named = <One>(map: ReadonlyMap<string, One>, name: string): One => {
  const one = map.get(name)
  if (one === undefined) throw new Error(`${name} is not open`)
  return one
}

type Named<Options> = Options & { readonly prefix: string }

answerTasks({
  ready: () => true,
  openPairs: async (options: PairsOptions) => {
    pairs.set(options.prefix, await openPairs(options, tokens))
  },
  closedLoop: ({ prefix, ...options }: Named<ClosedLoopOptions>) => closedLoop(named(pairs, prefix), options),
  openLoop: ({ prefix, ...options }: Named<OpenLoopOptions>) => openLoop(named(pairs, prefix), options),
  closePairs: ({ prefix }: Named<object>) => {
    named(pairs, prefix).close()
    pairs.delete(prefix)
  },
  openGroup: async (options: GroupOptions) => {
    groups.set(options.conversationId, await openGroup(options, tokens))
  },
  runGroup: ({ conversationId, seconds }: { conversationId: string; seconds: number }) =>
    named(groups, conversationId).run(seconds),
  closeGroup: ({ conversationId }: { conversationId: string }) => {
    named(groups, conversationId).close()
    groups.delete(conversationId)
  },
  openIdle: async (options: IdleOptions) => (await openIdle(options, tokens)).length,
  resume: (options: ResumeOptions) => resume(options, tokens),
  introduce: (options: Pick<StormOptions, 'url' | 'users'>) => introduce(options, tokens),
  storm: (options: StormOptions) => storm(options, tokens),
  openWatchers: presence.openWatchers,
  openPresent: presence.openPresent,
  closePresent: presence.closePresent,
  toldPresence: presence.toldPresence,
  sdkPairs: (options: SdkPairsOptions) => runSdkPairs(options, tokens),
  openDialogue: dialogue.open,
  runDialogue: dialogue.run,
  closeDialogue: dialogue.close,
  registerPeople: sdkGroups.register,
  openMaker: sdkGroups.openMaker,
  closeMaker: sdkGroups.closeMaker,
  makeSdkGroup: sdkGroups.make,
  addToSdkGroup: sdkGroups.add,
  mlsGroup: ({ size }: { size: number }) => measureMlsGroup(size),
  token: ({ user }: { user: string }) => tokens(user),
})
process.channel?.ref()
process.on('disconnect', () => process.exit(0))
