/** The channel of one gateway: what concerns its sessions. */
export const gatewayChannel = (gatewayId: string): string => `gateway/${gatewayId}`

/** The channel of all processes that serve queries: how far the views are. */
export const progressChannel = 'progress'

/** The channel of all projectors: an operator's requests about the views. */
export const viewsAsksChannel = 'views'

/** The channel of the process that asked. */
export const viewsAnswersChannel = (processId: string): string => `views/${processId}`

/**
 * The channel of all processes that serve users: who has come online or gone offline, and whose settings have
 * changed.
 */
export const presenceChannel = 'presence'

/** The channel of all gateways: whose access has ended. */
export const revocationChannel = 'revocations'

/** The channel of all processes: an operator asks what each has to do. */
export const processAsksChannel = 'processes'

/** The channel of the process that asked. */
export const processAnswersChannel = (processId: string): string => `processes/${processId}`
