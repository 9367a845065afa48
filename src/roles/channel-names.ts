/** Of one gateway: what concerns its sessions. */
export const gatewayChannel = (gatewayId: string): string => `gateway/${gatewayId}`

/** Of all that serve queries: how far the views are. */
export const progressChannel = 'progress'

/** Of all gateways: whose access has ended. */
export const revocationChannel = 'revocations'
