/** Crockford's: without I, L, O and U, which people confuse or take offence at. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Bits beyond the last whole symbol are dropped: use lengths that are multiples of 5 bytes. */
export const toBase32 = (bytes: Uint8Array): string => {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join('')
}

/** As people type it: any case, O for 0, I and L for 1, spaces and dashes anywhere. `undefined` for other letters. */
export const fromBase32 = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  const clean = text.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  const values = Array.from(clean, (letter) => alphabet.indexOf(letter))
  if (values.includes(-1)) return undefined
  const bits = values.map((value) => value.toString(2).padStart(5, '0')).join('')
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (eight) => Number.parseInt(eight, 2))
}
