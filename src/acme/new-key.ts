import { generateKeyPairSync } from "node:crypto"

/** EC P-256, PKCS#8 in PEM: of an account, or of a certificate. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string
}
