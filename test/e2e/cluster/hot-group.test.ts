import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerFrame } from '@backscroll/protocol/server-frames'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClusterLog, openClusterLog } from '../../support/cluster/log.ts'
import { type ClusterWorld, missingEngines, openClusterWorld } from '../../support/cluster/world.ts'
import { startGroup, type TestConversation } from '../../support/server/conversation.ts'
import { conversationsOf } from '../../support/server/log.ts'
import type { ServerProcess } from '../../support/server/process.ts'
import { type RestUser, restOf } from '../../support/server/rest.ts'
import { openSocket, type ServerSocket } from '../../support/server/socket.ts'
import { openTokens } from '../../support/server/tokens.ts'

const missing = await missingEngines()
const writers = 8
const everyMs = 50
const each = 150

interface Mine {
  readonly messageId: string
  readonly clientSeq: number
  readonly due: number
  acknowledged: number | undefined
}

/** One device that wants to send at a steady rate, whatever happens to what it sent before. */
const write = async (socket: ServerSocket, { conversationId, group }: TestConversation, begun: number) => {
  const mine: Mine[] = []
  const frameOf = ({ messageId, clientSeq }: Mine) => ({
    ...{ type: 'send_message', conversationId, messageId, ciphertext: group.message(messageId) },
    ...{ clientSeq, afterClientSeq: clientSeq - 1 },
  })
  const offer = async (one: Mine): Promise<void> => {
    const answer: ServerFrame | undefined = await socket.ask(frameOf(one))
    if (answer?.type === 'reply') one.acknowledged = performance.now()
    else if (answer?.type === 'error' && answer.temporary) await sleep(answer.retryAfterMs ?? 0)
    else throw new Error(`Refused: ${JSON.stringify(answer)}`)
  }
  const giving = (async () => {
    for (let n = 0; n < each; n += 1) {
      const clientSeq = begun + n + 1
      mine.push({ messageId: randomUUID(), clientSeq, due: performance.now(), acknowledged: undefined })
      await sleep(everyMs)
    }
  })()
  while (mine.length < each || mine.some(({ acknowledged }) => acknowledged === undefined)) {
    const waiting = mine.filter(({ acknowledged }) => acknowledged === undefined)
    await Promise.all([...waiting.map(offer), sleep(5)])
  }
  await giving
  return mine
}

const conflictsAt = async ({ url }: ServerProcess): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^backscroll_append_conflicts_total (\S+)$/m.exec(text)?.[1] ?? Number.NaN)
}

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `No ${missing.join(', ')} here: skipped` : `one group that ${writers} gateways write to`,
  () => {
    let world: ClusterWorld
    let log: ClusterLog
    let gateways: readonly ServerProcess[]
    const sockets: ServerSocket[] = []

    beforeAll(async () => {
      world = await openClusterWorld({ BACKSCROLL_LOG_LEVEL: 'warn' })
      const back = await world.process(['relay', 'projector'])
      await back.start()
      gateways = await Promise.all(Array.from({ length: writers }, () => world.process(['gateway', 'api'])))
      for (const gateway of gateways) await gateway.start()
      log = await openClusterLog(world)
    }, 180_000)
    afterAll(async () => {
      for (const socket of sockets) socket.drop()
      await log?.close()
      await world?.discard()
    }, 60_000)

    it('takes each message of each writer once and in order, and starves nobody', { timeout: 240_000 }, async () => {
      const tokens = await openTokens(world.directory)
      const rests: RestUser[] = []
      for (const [n, gateway] of gateways.entries()) rests.push(await restOf(gateway.url, tokens, `writer${n}`))
      const [owner, ...others] = rests
      if (owner === undefined) throw new Error('nobody is there')
      const conversation = await startGroup(owner, others)
      for (const [n, gateway] of gateways.entries()) {
        const socket = await openSocket(gateway.socketUrl, await tokens(`writer${n}`))
        await socket.connect()
        sockets.push(socket)
      }
      const all = await Promise.all(sockets.map((socket, n) => write(socket, conversation, n === 0 ? 1 : 0)))

      const streams = conversationsOf(await log.read())
      const stored = (streams.get(conversation.conversationId) ?? []).filter(({ type }) => type === 'MessageSent')
      expect(stored.map(({ data }) => data.seq)).toEqual(stored.map((_, index) => index + 1))
      for (const [n, mine] of all.entries()) {
        const own = stored.filter(({ userId }) => userId === `writer${n}`)
        expect(own.map(({ data }) => data.messageId)).toEqual(mine.map(({ messageId }) => messageId))
      }
      const delays = all.map((mine) => mine.map(({ due, acknowledged = Number.NaN }) => acknowledged - due))
      const worst = delays.map((of) => Math.round(Math.max(...of)))
      const conflicts = (await Promise.all(gateways.map(conflictsAt))).reduce((sum, one) => sum + one, 0)
      console.info(
        `${stored.length} messages of ${writers} writers at ${1000 / everyMs}/s each: ${(conflicts / stored.length).toFixed(2)} conflicts a message; longest wait of each writer until acknowledged: ${worst.join(', ')} ms`,
      )
      expect(Math.max(...worst)).toBeLessThan(60_000)
    })
  },
)
