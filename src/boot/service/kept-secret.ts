import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { writeFileAtomic } from "../../kit/node/atomic-file.ts"

/** 128 random bits as text, the same for the life of the folder; made when there are none yet. */
export function keptSecret(path: string): string {
  try {
    const kept = readFileSync(path, "utf8").trim()
    if (kept.length >= 22) return kept
  } catch {
    // First start: there is none yet.
  }
  const secret = randomBytes(16).toString("base64url")
  writeFileAtomic(path, secret)
  return secret
}
