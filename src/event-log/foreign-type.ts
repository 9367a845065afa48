/** The type of an event that another program wrote into a stream of the log, as readers get it: nobody understands it. */
export const foreignType = '$foreign'
