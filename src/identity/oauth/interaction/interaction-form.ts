import { z } from 'zod'

/** What the pages of an interaction send. */
export const interactionForm = z.object({
  csrf: z.string().max(128),
  act: z.enum(['sign-in', 'register', 'code', 'passkey', 'restart', 'consent', 'cancel']),
  login: z.string().max(256).default(''),
  password: z.string().max(1024).default(''),
  code: z.string().max(64).default(''),
  /** JSON, as the authenticator answered. */
  credential: z.string().max(8192).default(''),
})

export type SignInForm = z.output<typeof interactionForm>
