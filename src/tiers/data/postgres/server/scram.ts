import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto"

/** RFC 7677, section 4: at least 4096. Our passwords are 192 random bits, more rounds would add nothing. */
const iterations = 4096

/**
 * What Postgres keeps of a password (RFC 5802, section 3): made here, so that the password itself is in no statement,
 * no log and no argument list. `password` must be ASCII, which SASLprep leaves as it is.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256")
  const hmac = (key: string) => createHmac("sha256", salted).update(key).digest()
  const storedKey = createHash("sha256").update(hmac("Client Key")).digest("base64")
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${hmac("Server Key").toString("base64")}`
}
