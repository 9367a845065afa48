/** Where a link that resets a password leads: never to the host of a request. */
export const resetLink = (publicUrl: string, code: string): string =>
  `${publicUrl}/oauth/reset?${new URLSearchParams({ code })}`
