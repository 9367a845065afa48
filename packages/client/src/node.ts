/** What an application in Node uses besides the core. */
export { createFileStore, type FileStoreOptions } from './stores/file/file-store.ts'
