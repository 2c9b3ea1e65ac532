/** The JSON of records of which JavaScript puts the names first that are whole numbers, for whoever wants their own order. */
export const textOf = new WeakMap<object, string>();
