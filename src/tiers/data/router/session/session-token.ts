import { createHmac, timingSafeEqual } from "node:crypto"
import { CausalSession } from "./causal-session.ts"
import type { Position } from "./position.ts"

/** A cookie holds 4096 bytes (RFC 6265 section 6.1), and a header line is not read for ever. */
const longestToken = 2000
const form = /^1\.([\w.~-]*)\.([\w-]{22})$/
const entryForm = /^([\w-]{1,64})~([0-9a-z]{1,7})~([0-9a-z]{1,13})$/

/**
 * Writes a session down for a cookie or a header: letters, digits and `.~-_` alone. Signed (HMAC-SHA-256, cut to 128
 * bits), because a position somebody made up would send that user's reads to the primary, each time.
 */
export function encodeSession(session: CausalSession, secret: string): string {
  const body = [...session.positions].map(([shard, position]) => entryOf(shard, position)).join(".")
  return `1.${body}.${signatureOf(body, secret)}`
}

/**
 * Reads it back. Whatever is wrong with a token (cut, forged, of another version, signed by a secret that is gone), it is
 * as if there were none: the request goes on with a session that has seen nothing. Several secrets let one be replaced
 * by the next without that: write with the new one, read with both.
 */
export function decodeSession(
  token: string | null | undefined,
  secrets: string | readonly string[],
): CausalSession {
  if (token == null || token.length > longestToken) return new CausalSession()
  const [, body, signature] = form.exec(token) ?? []
  if (body === undefined || signature === undefined) return new CausalSession()
  const signed = [secrets].flat().some(secret => isSame(signature, signatureOf(body, secret)))
  if (!signed || body === "") return new CausalSession()
  return new CausalSession(body.split(".").flatMap(entry => positionIn(entry) ?? []))
}

function entryOf(shard: string, { timeline, lsn }: Position): string {
  return `${shard}~${timeline.toString(36)}~${lsn.toString(36)}`
}

function positionIn(entry: string): [[string, Position]] | undefined {
  const [, shard, timeline, lsn] = entryForm.exec(entry) ?? []
  if (shard === undefined || timeline === undefined || lsn === undefined) return undefined
  return [[shard, { timeline: Number.parseInt(timeline, 36), lsn: bigintOf36(lsn) }]]
}

function bigintOf36(digits: string): bigint {
  let value = 0n
  for (const digit of digits) value = value * 36n + BigInt(Number.parseInt(digit, 36))
  return value
}

function signatureOf(body: string, secret: string): string {
  return createHmac("sha256", secret).update(`banyan-session-1.${body}`).digest("base64url").slice(0, 22)
}

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
