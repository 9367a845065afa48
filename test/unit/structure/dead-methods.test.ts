import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findDeadMethods } from '../../../scripts/dead-methods/find.ts'

let directory: string
const write = (files: Readonly<Record<string, string>>) => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
  return findDeadMethods(directory).map(({ name }) => name)
}
const options = { strict: true, noEmit: true, target: 'es2022', lib: ['es2022'], module: 'nodenext', types: [] }

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'backscroll-dead-methods-'))
  writeFileSync(
    join(directory, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, include: ['src', 'test'] }),
  )
})
afterEach(() => rmSync(directory, { recursive: true }))

const door = `
  export interface Door { open(): void; paint(colour: string): void }
  export const createDoor = (): Door => ({ open: () => {}, paint: () => {} })
`

describe('The look for methods that only tests call', () => {
  it('finds one that no source calls, also where a test does', () => {
    const found = write({
      'src/door.ts': door,
      'src/main.ts': `import { createDoor } from './door.js'; createDoor().open()`,
      'test/door.ts': `import { createDoor } from '../src/door.js'; createDoor().paint('red')`,
    })
    expect(found).toEqual(['Door.paint'])
  })

  it('finds one of an object whose type nobody has written down', () => {
    const found = write({
      'src/door.ts': 'export const createDoor = () => ({ open: () => {}, paint: () => {} })',
      'src/main.ts': `import { createDoor } from './door.js'; const { open } = createDoor(); open()`,
    })
    expect(found).toEqual(['createDoor.paint'])
  })

  it('follows an object to where it goes under another type', () => {
    const found = write({
      'src/door.ts': door,
      'src/main.ts': `
        import { createDoor } from './door.js'
        interface Painted { paint(colour: string): void }
        const paintAll = async <One extends Painted>(all: Promise<One>) => { (await all).paint('red') }
        const make = async () => createDoor()
        paintAll(make())
        const parts: { on: () => { open(): void } } = { on: createDoor }
        parts.on().open()
      `,
    })
    expect(found).toEqual([])
  })

  it('lets applications call what is offered to them', () => {
    const found = write({ 'packages/client/src/index.ts': door.replace('createDoor', 'createClient') })
    expect(found).toEqual([])
  })
})
