// Values as an adapter meets them: out of JSON, out of a caller's hands, out of another realm.
export { ExactNumber, isExactNumber, numberOf } from "../exact/exact-number.js";
export { parseJson } from "../exact/parse-json.js";
export { toHex } from "../model/hex.js";
export { isObject } from "../model/json.js";
export { loadPart } from "../model/load-part.js";
export { ownProperties, unpolluted } from "../model/own-properties.js";
export { isDate } from "../model/realm.js";
export { valueAt } from "../records/column-path.js";
export { textHash } from "../records/text-hash.js";
