import { largestThumbnail } from '../content/attachment.ts'
import { toBase64 } from '../encoding/base64.ts'
import { type Clock, sleep } from '../time/clock.ts'
import type { FileFacts } from './file-types.ts'

/** A frame to draw, and what is known of the file that it comes from. */
interface Seen {
  readonly facts: FileFacts
  readonly frame: CanvasImageSource | undefined
  readonly end: () => void
}

/** An image of more bytes is not decoded. */
const mostBytes = 64 * 1024 * 1024
/** A browser that cannot play a video may never say so. */
const patienceMs = 10_000
/** Longer sides of a thumbnail, and qualities, until one is short enough. */
const attempts = [
  [320, 0.7],
  [240, 0.6],
  [160, 0.5],
  [96, 0.4],
] as const

const whole = (pixels: number): number => Math.max(1, Math.round(pixels))
const sizeOf = (width: number, height: number) =>
  width > 0 && height > 0 ? { width: whole(width), height: whole(height) } : {}

const seeImage = async (data: Blob): Promise<Seen> => {
  const frame = await createImageBitmap(data)
  return { facts: sizeOf(frame.width, frame.height), frame, end: () => frame.close() }
}

const once = (target: EventTarget, type: string): Promise<void> =>
  new Promise((resolve, reject) => {
    target.addEventListener(type, () => resolve(), { once: true })
    target.addEventListener('error', () => reject(new Error('This browser cannot play the file')), { once: true })
  })

const durationOf = ({ duration }: HTMLMediaElement) =>
  Number.isFinite(duration) ? { durationMs: Math.round(duration * 1000) } : {}

/** The first frames of a video are often black. */
const seekTo = async (video: HTMLVideoElement) => {
  const seeked = once(video, 'seeked')
  video.currentTime = Math.min(1, Number.isFinite(video.duration) ? video.duration / 10 : 0)
  await seeked
}

const seePlayable = async (data: Blob, kind: 'video' | 'audio'): Promise<Seen> => {
  const element = document.createElement(kind)
  const url = URL.createObjectURL(data)
  const end = () => {
    element.removeAttribute('src')
    element.load()
    URL.revokeObjectURL(url)
  }
  try {
    Object.assign(element, { muted: true, preload: 'auto' })
    const loaded = once(element, 'loadeddata')
    element.src = url
    await loaded
    if (!(element instanceof HTMLVideoElement)) return { facts: durationOf(element), frame: undefined, end }
    await seekTo(element)
    const facts = { ...sizeOf(element.videoWidth, element.videoHeight), ...durationOf(element) }
    return { facts, frame: element, end }
  } catch (thrown) {
    end()
    throw thrown
  }
}

const see = (data: Blob): Promise<Seen> | undefined => {
  const [kind] = data.type.split('/')
  if (kind === 'image' && data.size <= mostBytes && typeof createImageBitmap === 'function') return seeImage(data)
  if ((kind === 'video' || kind === 'audio') && typeof document === 'object') return seePlayable(data, kind)
  return undefined
}

const jpegOf = async (frame: CanvasImageSource, width: number, height: number, quality: number): Promise<Blob> => {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('This browser cannot draw')
  // A JPEG has no transparency.
  context.fillStyle = '#fff'
  context.fillRect(0, 0, width, height)
  context.drawImage(frame, 0, 0, width, height)
  return canvas.convertToBlob({ type: 'image/jpeg', quality })
}

/** Undefined if no attempt is short enough. */
const thumbnailOf = async (frame: CanvasImageSource, { width, height }: FileFacts, room: number) => {
  if (width === undefined || height === undefined || typeof OffscreenCanvas !== 'function') return undefined
  for (const [side, quality] of attempts) {
    const scale = Math.min(1, Math.min(side, largestThumbnail) / Math.max(width, height))
    const blob = await jpegOf(frame, whole(width * scale), whole(height * scale), quality)
    const base64 = toBase64(new Uint8Array(await blob.arrayBuffer()))
    if (base64.length <= room) return base64
  }
  return undefined
}

const kinds: Readonly<Record<string, FileFacts['kind']>> = { image: 'image', video: 'video' }

/**
 * What a browser can say of a file that shows something: kind, width, height, duration, and a thumbnail of at most
 * `room` base64 characters. It is drawn anew, so it has nothing of the file's own data, such as places. A file that
 * cannot be shown has no description, which keeps nobody from sending it.
 */
export const describeFile = async (data: Blob, room: number, clock: Clock): Promise<FileFacts> => {
  const looking = see(data)
  if (looking === undefined) return {}
  const look = async (): Promise<FileFacts> => {
    const { facts, frame, end } = await looking
    try {
      const thumbnail = frame && (await thumbnailOf(frame, facts, room))
      const kind = kinds[data.type.split('/')[0] ?? '']
      return { ...facts, ...(kind && { kind }), ...(thumbnail !== undefined && { thumbnail }) }
    } finally {
      end()
    }
  }
  const late = sleep(clock, patienceMs).then((): FileFacts => ({}))
  return Promise.race([look().catch((): FileFacts => ({})), late])
}
