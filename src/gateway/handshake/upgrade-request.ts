import { ProtocolError } from '@backscroll/protocol/errors'
import type { FastifyRequest } from 'fastify'

const webSocketVersion = '13'
const keyForm = /^[+/0-9A-Za-z]{22}==$/

const badKey = new ProtocolError('invalid', 'The header Sec-WebSocket-Key is missing or wrong', {
  details: { field: 'Sec-WebSocket-Key', reason: 'must be 16 bytes in base64' },
})

/** What `ws` would refuse later in its own words. Throws `upgrade_required` or `invalid`. */
export const checkUpgrade = ({ ws, headers }: FastifyRequest): void => {
  if (!ws || headers['sec-websocket-version'] !== webSocketVersion) throw new ProtocolError('upgrade_required')
  if (!keyForm.test(headers['sec-websocket-key'] ?? '')) throw badKey
}
