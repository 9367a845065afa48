/** The Node-specific part of the SDK. */
export { createFileStore, type FileStoreOptions } from './stores/file/file-store.ts'
