import { originForm, type RequestHead } from "../../../http1/index.ts"
import type { Challenge } from "../../../wire/map.ts"

/** Where authorities ask (RFC 8555 section 8.3, RFC 8615). */
const folder = "/.well-known/acme-challenge/"

/** What the map says to somebody who asks for one of its tokens; undefined for everybody else, who go on to the app. */
export function challengeAnswer(head: RequestHead, challenges: readonly Challenge[]): string | undefined {
  if (challenges.length === 0 || (head.method !== "GET" && head.method !== "HEAD")) return undefined
  const path = originForm(head.target, head.method)
  if (!path.startsWith(folder)) return undefined
  const asked = path.slice(folder.length)
  return challenges.find(({ token }) => token === asked)?.answer
}
