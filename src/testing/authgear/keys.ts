import { exportPKCS8, exportSPKI, generateKeyPair } from "jose";

/** A key pair for the Admin API. */
export interface AuthgearKeys {
  /** The key's id. */
  readonly keyId: string;
  /** PKCS#8 PEM, as the vendor's portal hands it out. */
  readonly privateKey: string;
  /** SPKI PEM, for the emulator. */
  readonly publicKey: string;
}

/**
 * Makes a fresh 2048-bit RSA key pair with a random key id.
 *
 * @example
 * ```ts
 * const { keyId, privateKey, publicKey } = await generateAuthgearKeys();
 * const emulator = createAuthgearEmulator({ keys: { [keyId]: publicKey } });
 * const users = authgear({ endpoint: emulator.endpoint, projectId: "myapp", keyId, privateKey });
 * ```
 */
export async function generateAuthgearKeys(): Promise<AuthgearKeys> {
  const pair = await generateKeyPair("RS256", { modulusLength: 2048, extractable: true });
  return {
    keyId: crypto.randomUUID(),
    privateKey: await exportPKCS8(pair.privateKey),
    publicKey: await exportSPKI(pair.publicKey),
  };
}
