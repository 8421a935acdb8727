import { remembered } from "../../../http1/remembered.ts"

/** The origin, or "" when there is no such URL. The same hosts come again and again. */
const originOf = remembered(authority => ({ origin: URL.parse(authority)?.origin ?? "" }))

/** What the URL parser leaves as it is, in paths and in queries alike (WHATWG URL section 1.3). */
const plain = /^\/[!$&()*+,\-./0-9:;=?@A-Z_a-z~%]*$/
/** A segment that is, or may be, `.` or `..` in one of its spellings. */
const dotted = /\/(?:\.|%2e)/i

/** `scheme://host` as a URL has it, or "" when `host` is none. */
export function originFor(scheme: "http" | "https", host: string): string {
  return originOf(`${scheme}://${host}`).origin
}

/** What `new URL(target, origin).href` is; `target` begins with `/`. Parses only what the parser would change. */
export function urlOf(origin: string, target: string): string {
  const url = origin + target
  return plain.test(target) && !dotted.test(target) ? url : new URL(url).href
}
