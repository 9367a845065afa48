/** The type that readers get for an event that another program wrote into a stream of the log. No handler knows it. */
export const foreignType = '$foreign'
