import { createHash, randomBytes } from "node:crypto"
import { appError } from "../app-errors.ts"

/**
 * A session's token: base64url of the user's id (16 bytes) and 128 random bits. The id finds the row's shard; only
 * the hash of the whole is stored, so that who reads the table cannot sign in with it. The random part has the full
 * strength of a key, so a plain SHA-256 is enough (no salt, no stretching).
 */
export type SessionToken = { readonly userId: string; readonly hash: Buffer }

const idBytes = 16
const randomBytesLength = 16
const tokenPattern = /^[A-Za-z0-9_-]{43}$/

export function newToken(userId: string): { token: string; hash: Buffer } {
  const bytes = Buffer.concat([bytesOfUuid(userId), randomBytes(randomBytesLength)])
  return { token: bytes.toString("base64url"), hash: hashOf(bytes) }
}

/** Undefined for anything that is not the one way a token is written. */
export function readToken(token: string): SessionToken | undefined {
  if (!tokenPattern.test(token)) return undefined
  const bytes = Buffer.from(token, "base64url")
  // 43 characters hold 258 bits: two more than a token has. They must be zero, or one session had four names.
  if (bytes.toString("base64url") !== token) return undefined
  return { userId: uuidOfBytes(bytes.subarray(0, idBytes)), hash: hashOf(bytes) }
}

function hashOf(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest()
}

function bytesOfUuid(id: string): Buffer {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) throw appError("BN2303", { userId: id })
  return Buffer.from(id.replaceAll("-", ""), "hex")
}

function uuidOfBytes(bytes: Buffer): string {
  const hex = bytes.toString("hex")
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")
}
