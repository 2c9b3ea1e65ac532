export * from "./archives.js";
export { baseUrlOf, baseUrlProblem, endpointProblem } from "./base-url.js";
export { type ClientAssertionOptions, clientAssertion } from "./client-assertion.js";
export {
  type ClientCredentialsOptions,
  clientCredentials,
  secretForms,
  type TokenRefusal,
} from "./client-credentials.js";
export * from "./contract.js";
export { type CsvRows, csvRows } from "./csv-rows.js";
export * from "./decoders.js";
export { fileDelivery } from "./file-delivery.js";
export {
  checkedBy,
  checkOptions,
  givenOptions,
  optionError,
  unwantedOption,
  wordOption,
} from "./options.js";
export { pagedDelivery } from "./paged-delivery.js";
export { pathSegment } from "./path-segment.js";
export { cleanPem, derOf, keySecrets, type PemSection, pemBody, pemSections } from "./pem.js";
export { isCertificateOf, publicKeyIn } from "./rsa-der.js";
export {
  CANNOT_SIGN,
  keyFormProblem,
  signingKeyDer,
  signingKeyPem,
  signingKeyProblem,
  type WebCryptoKey,
} from "./signing-key.js";
export { type TokenSigner, tokenSigner } from "./token-signer.js";
export { bearer, isToken, TOKEN_FORM, type TokenSource, tokenAuthorization } from "./token-source.js";
export * from "./values.js";
