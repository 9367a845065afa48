import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ClusterTraffic, openClusterTraffic } from '../support/cluster-traffic.ts'
import { type ClusterWorld, missingEngines, openClusterWorld } from '../support/cluster-world.ts'
import { logEvent } from '../support/log-events.ts'
import type { ServerProcess } from '../support/server-process.ts'

const missing = await missingEngines()
const timeout = 300_000
const patience = { timeout: 120_000, interval: 100 }

/** As a program of a later time would have written it. */
const poison = logEvent('poison', { type: 'MessageSent', version: 99, userId: 'ann' })

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `No ${missing.join(', ')} here: skipped` : 'an event that cannot be decoded, in a cluster',
  () => {
    const victim = randomUUID()
    const stream = `conversation-${victim}`
    let world: ClusterWorld
    let back: ServerProcess
    let gateways: readonly ServerProcess[]
    let traffic: ClusterTraffic

    beforeAll(async () => {
      world = await openClusterWorld({ BACKSCROLL_LOG_LEVEL: 'info' })
      back = await world.process(['relay', 'projector', 'worker'])
      gateways = await Promise.all([1, 2].map(() => world.process(['api', 'gateway'])))
      await Promise.all([back, ...gateways].map((process) => process.start()))
      traffic = await openClusterTraffic(world, { gateways: gateways.map((process) => ({ process })) })
    }, timeout)
    afterAll(async () => {
      await traffic?.close()
      await world?.discard()
    }, timeout)

    const since = () => performance.now()

    it('parks its own stream, with an alarm, and everybody goes on in all the others', { timeout }, async () => {
      const { devices, log } = traffic
      const [phone, laptop] = devices
      await phone?.client()?.createGroup({ conversationId: victim, members: ['bob'] }).done
      await vi.waitFor(() => {
        for (const { journal } of devices) expect(journal.of(victim)).not.toEqual([])
      }, patience)
      // Away while something happens there that it has to be told, and then the poison.
      await laptop?.close()
      const last = await phone?.client()?.send(victim, { text: 'the last that can be read' })
      await log.logs.append(stream, [poison], last?.revision ?? 0)
      await traffic.reopen(laptop ?? expect.fail())
      await traffic.recovered(since())

      await vi.waitFor(async () => {
        expect(await (await fetch(`${back.url}/metrics`)).text()).toMatch(/^backscroll_parked_streams 1$/m)
      }, patience)
      const alarms = back
        .output()
        .split('\n')
        .filter((line) => line.includes('a stream was parked'))
      expect(alarms.map((line) => JSON.parse(line))).toMatchObject([
        { level: 'error', stream, revision: (last?.revision ?? 0) + 1 },
      ])
    })

    it('does not keep a new device from joining the other conversations', { timeout }, async () => {
      const tablet = await traffic.open('bob', 'tablet')
      await vi.waitFor(() => {
        for (const id of traffic.conversations)
          expect(tablet.journal.of(id).filter(({ plaintext }) => plaintext !== undefined)).not.toEqual([])
      }, patience)
    })

    it('does not keep a device that writes to it from writing to others', { timeout }, async () => {
      const [phone] = traffic.devices
      phone
        ?.client()
        ?.send(victim, { text: 'nobody can decide this' })
        .catch(() => undefined)
      await traffic.recovered(since())
    })

    it('P1 P2 P3 P4: cost the others nothing', { timeout }, async () => {
      await traffic.finish()
      for (const { url } of gateways) expect((await fetch(`${url}/readyz`)).status).toBe(200)
      expect(await traffic.breaches(new Set([stream]))).toEqual([])
    })
  },
)
