/** For how many seconds a deleted group keeps its messages: they are withheld at once, and expire soon. */
export const retentionOfDeleted = 0
