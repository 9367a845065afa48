import type { FastifyInstance } from 'fastify'

/**
 * What a browser shows when it opens an invite link. The invite is after the `#`, which browsers do not send; the
 * page runs no script, loads nothing and links nowhere, so it stays there.
 */
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>You are invited - Backscroll</title>
</head>
<body>
<main>
<h1>You are invited</h1>
<p>Somebody would like to talk with you, end-to-end encrypted, on this server.</p>
<ol>
<li>Copy the whole address of this page, with everything after the # sign.</li>
<li>Open your messaging app, and sign in or make an account on this server.</li>
<li>Choose to accept an invite there, and paste the address.</li>
</ol>
<p>Whoever has this address can use the invite: send it to nobody else. This page has not told it to the server.</p>
</main>
</body>
</html>
`

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'public, max-age=3600',
}

/** Without a token, and the same for everybody. */
export const invitePageRoute = (app: FastifyInstance): void => {
  app.get('/invite', { schema: { hide: true } }, async (_request, reply) => reply.headers(headers).send(page))
}
