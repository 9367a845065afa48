/** Of one gateway: what concerns its sessions. */
export const gatewayChannel = (gatewayId: string): string => `gateway/${gatewayId}`

/** Of all that serve queries: how far the views are. */
export const progressChannel = 'progress'

/** Of all projectors: what an operator wants of the views. */
export const viewsAsksChannel = 'views'

/** Of the process that asked. */
export const viewsAnswersChannel = (processId: string): string => `views/${processId}`

/** Of all gateways: whose access has ended. */
export const revocationChannel = 'revocations'
