import { ProtocolError } from '@backscroll/protocol/errors'
import type { FastifyInstance, FastifyRequest } from 'fastify'

const needsBody = (request: FastifyRequest): boolean => request.routeOptions.schema?.body !== undefined

/** Many HTTP libraries label every request as JSON, even one without a body: where none is needed, that is accepted. */
export const acceptJson = (app: FastifyInstance): void => {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body !== '') return void parse(request, body, done)
    if (needsBody(request)) return done(new ProtocolError('malformed'))
    done(null, undefined)
  })
}
