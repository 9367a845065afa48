type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> }

/** Without the fields that are undefined: zod's optional fields may be present as undefined, a command's may not. */
export const defined = <Value extends object>(value: Value): Defined<Value> =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<Value>
