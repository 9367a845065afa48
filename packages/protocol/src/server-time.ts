/** Every answer of the API has it: the server's time, milliseconds since the Unix epoch. (`Date` may be that of a proxy.) */
export const timeHeader = 'Backscroll-Time'
