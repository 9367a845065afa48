/** How bytes look inside base64, at each of the three places where they can begin: without the letters that they share with their neighbours. */
export const formsInBase64 = (bytes: Uint8Array): readonly string[] =>
  [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    const whole = Math.floor((before + bytes.length) / 3) * 4
    return text.slice(before === 0 ? 0 : 4, whole)
  })

/** Whether a text holds these bytes, as they are or in base64. */
export const holds = (text: string, bytes: Uint8Array): boolean =>
  formsInBase64(bytes).some((form) => text.includes(form)) || text.includes(Buffer.from(bytes).toString('latin1'))
