import { clientAssertion } from "../../provider/client-assertion.js";
import { clientCredentials, secretForms, type TokenRefusal } from "../../provider/client-credentials.js";
import type { AuthorizationHeaders, ProviderContext, RequestAttempt } from "../../provider/contract.js";
import { optionError } from "../../provider/options.js";
import { keySecrets } from "../../provider/pem.js";
import { CANNOT_SIGN } from "../../provider/signing-key.js";
import { tokenSigner } from "../../provider/token-signer.js";
import { tokenAuthorization } from "../../provider/token-source.js";
import {
  type AvepointCertificate,
  checkPair,
  readThumbprint,
  type Thumbprint,
  thumbprintOf,
} from "./certificate.js";
import type { AvepointOptions, Settings } from "./options.js";

/** Makes the Authorization header of one attempt. */
export type Authorize = (
  attempt: RequestAttempt,
  context: ProviderContext,
) => Promise<AuthorizationHeaders | undefined>;

const SCOPE = "insights.graph.readwrite.all";

export function createAuthorize({ options, tokenUrl }: Settings): Authorize {
  if (options.token !== undefined)
    return tokenAuthorization("avepoint", options.token, "avepoint: the token function failed");
  const { clientId, clientSecret, certificate } = options;
  return clientCredentials({
    vendor: "AvePoint",
    tokenUrl,
    clientId,
    clientSecret,
    assertion: certificate && byCertificate(clientId, tokenUrl, certificate),
    parameters: { scope: SCOPE },
    describeRefusal: (error) => meaningOf(error, certificate !== undefined),
  });
}

/** Signs with the key of a certificate, which the header names by its thumbprint in both ways. */
function byCertificate(
  clientId: string,
  tokenUrl: string,
  { privateKey, thumbprint, certificate }: AvepointCertificate,
): (now: number) => Promise<string> {
  const signer = tokenSigner(privateKey, () =>
    optionError("avepoint", "certificate.privateKey", CANNOT_SIGN),
  );
  let known: Thumbprint | undefined;
  const read = async (): Promise<Thumbprint> => {
    if (certificate === undefined) return readThumbprint(thumbprint);
    // Of a CryptoKey this shows only where it signs.
    await checkPair(await signer.key(), certificate);
    return thumbprintOf(certificate);
  };
  const header = async () => {
    known ??= await read();
    return { kid: known.hex, x5t: known.base64url };
  };
  return clientAssertion({ clientId, tokenUrl, signer, header });
}

/** The credentials in every form in which they are sent, so that an echo of a request shows none of them. */
export function secretsOf({ clientSecret, certificate, token }: AvepointOptions): readonly string[] {
  const key = certificate?.privateKey;
  return secretForms(clientSecret, token, ...(typeof key === "string" ? keySecrets(key) : []));
}

function meaningOf(error: string, certificate: boolean): TokenRefusal {
  switch (error) {
    case "invalid_scope":
      return { code: "UNAUTHORIZED", advice: `give the app registration the permission ${SCOPE}` };
    case "unauthorized_client":
      return { code: "UNAUTHORIZED", advice: "the app registration may not sign in by client credentials" };
    case "unsupported_grant_type":
    case "invalid_request":
      return {
        code: "CONFIG_INVALID",
        advice: "it does not take this kind of sign-in; check tokenUrl and dataCenter",
      };
    default:
      return {
        code: "UNAUTHORIZED",
        advice: certificate
          ? "check that clientId is right, that the certificate of this thumbprint is registered with the app and has " +
            "not expired, that privateKey belongs to it, and that dataCenter is the tenant's"
          : "check that clientId and clientSecret belong together, that the secret has not expired, and that " +
            "dataCenter is the tenant's",
      };
  }
}
