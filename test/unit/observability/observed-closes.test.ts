import { closeCodes } from '@backscroll/protocol/close-codes'
import { expect, test } from 'vitest'
import { gatewayMetrics } from '../../../src/observability/gateway-measures.ts'
import { createMetrics } from '../../../src/observability/metrics.ts'

test('clients that close with any number there is make a bounded number of series', async () => {
  const metrics = createMetrics()
  const observed = gatewayMetrics(metrics)
  for (let code = 1000; code < 5000; code += 1) observed.connectionClosed(code)
  const lines = (await metrics.registry.metrics()).split('\n')
  const codes = lines.flatMap((line) => /^backscroll_connection_closes_total\{code="([^"]+)"\}/.exec(line)?.[1] ?? [])
  expect(codes.length).toBeLessThan(30)
  expect(codes).toEqual(expect.arrayContaining(['other', '1006', ...Object.values(closeCodes).map(String)]))
})
