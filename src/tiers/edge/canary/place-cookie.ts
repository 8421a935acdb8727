import { fieldValues, type RequestHead, type ResponseHead, withField } from "../../../http1/index.ts"
import { placeCount } from "./place.ts"

/**
 * The place itself, and nothing about its user. Whoever changes it changes which version they see: no secret, so no
 * signature, and no `__Host-`, which exists with TLS only.
 */
const ownName = "banyan-place"
const maxAgeSeconds = 30 * 24 * 60 * 60

/** The value of a cookie in a request; HTTP/2 may spread them over several fields (RFC 9113 section 8.2.3). */
export function cookieOf({ fields }: RequestHead, name: string): string | undefined {
  for (const cookies of fieldValues(fields, "cookie")) {
    for (const pair of cookies.split(";")) {
      const equals = pair.indexOf("=")
      if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
    }
  }
  return undefined
}

/** The place that a client was given earlier. */
export function keptPlace(head: RequestHead): number | undefined {
  const value = cookieOf(head, ownName)
  return value !== undefined && /^\d{1,2}$/.test(value) && Number(value) < placeCount
    ? Number(value)
    : undefined
}

/**
 * The answer with a cookie that keeps the place. Not one that a cache may give to others (RFC 9111 section 3): they would
 * all sit in one place.
 */
export function withPlace(answer: ResponseHead, place: number, scheme: "http" | "https"): ResponseHead {
  if (mayBeShared(answer)) return answer
  const secure = scheme === "https" ? "; Secure" : ""
  const value = `${ownName}=${place}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure}`
  return withField(answer, "Set-Cookie", value)
}

function mayBeShared({ fields }: ResponseHead): boolean {
  const control = fieldValues(fields, "cache-control").join(",").toLowerCase()
  const says = (directive: RegExp) => directive.test(control)
  return says(/\b(public|s-maxage|max-age)\b/) && !says(/\b(private|no-store)\b/)
}
