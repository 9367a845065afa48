/**
 * In every answer of the API: the server's time, in milliseconds since the Unix epoch. (`Date` may come from a
 * proxy.)
 */
export const timeHeader = 'Backscroll-Time'
