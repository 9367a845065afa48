import { createFileStore } from '../../../packages/client/src/stores/file/file-store.ts'

/** Opens the file store that is named, says so, and holds it until it is told to end; or says why it cannot. For tests of its lock. */
const store = createFileStore(process.argv[2] ?? '')
try {
  await store.load()
  process.stdout.write('open\n')
  process.stdin.once('data', async () => {
    await store.close()
    process.stdout.write('closed\n')
    process.exit()
  })
} catch (thrown) {
  process.stdout.write(`${thrown instanceof Error && 'code' in thrown ? thrown.code : thrown}\n`)
  process.exit()
}
