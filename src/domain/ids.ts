/** Branded identifiers. All are opaque ASCII text; `src/protocol/ids.ts` holds the patterns that the edge enforces. */
declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

export type UserId = Branded<'UserId'>
export type DeviceId = Branded<'DeviceId'>
