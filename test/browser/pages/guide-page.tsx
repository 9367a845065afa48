/** The program of the guide stands in the place of this file. */
export {}
