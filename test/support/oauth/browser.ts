/** A page as a test reads it. */
export interface Page {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

interface Cookie {
  readonly value: string
  readonly path: string
}

const decode = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

/** The hidden fields of a page's form. */
export const hiddenFields = ({ text }: Page): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      decode(value),
    ]),
  )

export const formAction = ({ text, url }: Page): string =>
  new URL(decode(/<form[^>]* action="([^"]+)"/.exec(text)?.[1] ?? ''), url).href

/** As much of a browser as signing in needs: cookies by path, redirects, forms. Stops before it leaves the server. */
export const openBrowser = (origin: string) => {
  const jar = new Map<string, Cookie>()
  const keep = (line: string, url: string): void => {
    const [pair = '', ...attributes] = line.split(/; */)
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? new URL(url).pathname
    if (value === '' || attributes.some((one) => /^expires=Thu, 01 Jan 1970/i.test(one))) jar.delete(`${name} ${path}`)
    else jar.set(`${name} ${path}`, { value, path })
  }
  const cookieFor = (url: string): string =>
    [...jar]
      .filter(([, { path }]) => new URL(url).pathname.startsWith(path))
      .map(([key, { value }]) => `${key.split(' ')[0]}=${value}`)
      .join('; ')

  const request = async (url: string, init: RequestInit = {}): Promise<Page> => {
    const headers = { accept: 'text/html', ...init.headers, cookie: cookieFor(url) }
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) keep(line, url)
    const location = response.headers.get('location')
    if (location === null || response.status < 300 || response.status > 399)
      return { url, status: response.status, headers: response.headers, text: await response.text() }
    const next = new URL(location, url)
    if (next.origin !== origin) return { url: next.href, status: 0, headers: response.headers, text: '' }
    return request(next.href)
  }

  return {
    jar,
    get: (url: string) => request(new URL(url, origin).href),
    /** Sends the page's form with these fields. */
    submit: (page: Page, fields: Record<string, string>, headers: Record<string, string> = {}) =>
      request(formAction(page), {
        method: 'POST',
        body: new URLSearchParams({ ...hiddenFields(page), ...fields }),
        headers: { origin, 'sec-fetch-site': 'same-origin', ...headers },
      }),
  }
}

export type Browser = ReturnType<typeof openBrowser>
