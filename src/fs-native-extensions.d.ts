declare module 'fs-native-extensions' {
  /** False when somebody else holds these bytes. The lock goes with the open file: with its close, or the end of the process. */
  export const tryLock: (fd: number, offset: number, length: number) => boolean
}
