import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClientWorld, eventually, openClientWorld } from '../../support/client/client-world.ts'

describe('examples/chat.ts', () => {
  let world: ClientWorld
  let store: string
  const running: ChildProcess[] = []
  beforeAll(async () => {
    store = await mkdtemp(join(tmpdir(), 'backscroll-chat-'))
    world = await openClientWorld()
  })
  afterAll(async () => {
    for (const child of running) child.kill()
    await world.close()
    await rm(store, { recursive: true })
  })

  const chat = async (user: string, peer: string) => {
    const values = { url: world.url(), user, device: 'phone', peer, token: await world.token(user, 'phone'), store }
    const options = Object.entries(values).flatMap(([name, value]) => [`--${name}`, value])
    const child = spawn(process.execPath, ['examples/chat.ts', ...options], { stdio: ['pipe', 'pipe', 'inherit'] })
    running.push(child)
    let output = ''
    child.stdout.on('data', (data) => {
      output += String(data)
    })
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
    return {
      say: (line: string) => child.stdin.write(`${line}\n`),
      end: () => child.stdin.end(),
      output: () => output,
      ended,
    }
  }

  it('lets two people talk, and ends in good order', async () => {
    const [alice, bob] = await Promise.all([chat('alice', 'bob'), chat('bob', 'alice')])
    await eventually(() => [alice, bob].every((one) => one.output().includes('* live')), 'both connections')
    alice.say('hello from alice')
    await eventually(() => bob.output().includes('< alice #1: hello from alice'), 'the message at the other side')
    bob.say('hello back')
    await eventually(() => alice.output().includes('< bob #2: hello back'), 'the answer')
    await eventually(() => alice.output().includes('* read up to #1'), 'the receipt')
    for (const one of [alice, bob]) one.end()
    expect(await Promise.all([alice.ended, bob.ended])).toEqual([0, 0])
  })
})
