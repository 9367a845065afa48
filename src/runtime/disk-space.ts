import { statfs } from 'node:fs/promises'

export interface DiskSpace {
  isShort(): boolean
  close(): void
}

const everyMs = 5_000

/** Whether the file system of `directory` had less than `reserveBytes` left some seconds ago. */
export const watchDiskSpace = async (directory: string, reserveBytes: number): Promise<DiskSpace> => {
  let short = false
  const look = async (): Promise<void> => {
    const { bavail, bsize } = await statfs(directory)
    short = bavail * bsize < reserveBytes
  }
  // A file system that does not say is taken to be large enough: a write fails when it is full.
  const refresh = (): Promise<void> => look().catch(() => undefined)
  await refresh()
  const timer = setInterval(refresh, everyMs).unref()
  return { isShort: () => short, close: () => clearInterval(timer) }
}
