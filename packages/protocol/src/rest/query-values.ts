import { z } from 'zod'
import { limits } from '../limits.ts'

/**
 * Query parameters are text; only plain decimal digits become a number, so `0x10`, `1e3` and the empty text stay
 * invalid. 16 digits are enough for 2^53 - 1; a larger number stays larger when it is rounded, and is refused.
 */
const digits = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value

export const queryInteger = (minimum: number, maximum: number = Number.MAX_SAFE_INTEGER) =>
  z.preprocess(digits, z.int().min(minimum).max(maximum))

export const queryIntegerOr = (fallback: number, minimum: number, maximum: number = Number.MAX_SAFE_INTEGER) =>
  z.preprocess(digits, z.int().min(minimum).max(maximum).default(fallback))

export const limit = ({ default: fallback, maximum }: { readonly default: number; readonly maximum: number }) =>
  queryIntegerOr(fallback, 1, maximum)

export const cursor = z.string().max(limits.cursor).optional()

/** The query part of every route that depends on the views [R2]. */
export const atLeast = z
  .string()
  .regex(/^\d{1,18}$/, 'must be a position that this server gave out')
  .optional()
  .describe('Wait for a bounded time until the views have reached this position, which an acknowledgement named.')

/** The query of every list. */
export const pageQuery = z.strictObject({ cursor, limit: limit(limits.page), atLeast })

/** The query of single answers that depend on the views. */
export const positionQuery = z.strictObject({ atLeast })
