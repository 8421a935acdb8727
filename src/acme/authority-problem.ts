import type { BanyanError } from "../kit/errors.ts"
import { acmeError } from "./acme-errors.ts"

/** What an authority answers with a status of 400 or above: `application/problem+json` (RFC 7807), or anything at all. */
export type AuthorityAnswer = {
  readonly url: string
  readonly status: number
  readonly body: string
  /** Retry-After, as it stands in the answer. */
  readonly retryAfter?: string | undefined
}

const prefix = "urn:ietf:params:acme:error:"
/** What of a page that is no problem document is shown. */
const shownLetters = 200

/** Of RFC 8555 section 6.7 the types that a person must know of; all others are told as they come. */
const known = {
  rateLimited: "BN1604",
  userActionRequired: "BN1607",
  unsupportedContact: "BN1608",
  invalidContact: "BN1608",
  externalAccountRequired: "BN1609",
} as const

/** The authority's refusal as an error of ours, with `retryAfterMs` where it says how long to wait. */
export function authorityProblem(answer: AuthorityAnswer, nowMs: number): BanyanError {
  const { status, body } = answer
  const { type, detail } = readProblem(body)
  const reason = detail ?? (body.trim() === "" ? `status ${status}` : body.trim().slice(0, shownLetters))
  const retryAfterMs = retryAfterOf(answer.retryAfter, nowMs)
  const details = { reason, type: type ?? `status ${status}`, ...(retryAfterMs && { retryAfterMs }) }
  const code = known[type as keyof typeof known]
  if (code !== undefined) return acmeError(code, details)
  if (status === 429) return acmeError("BN1604", details)
  if (status >= 500)
    return acmeError("BN1601", { ...details, host: new URL(answer.url).host, reason: `${status} ${reason}` })
  return acmeError("BN1605", details)
}

/** The one refusal that the protocol itself repeats at once (RFC 8555 section 6.5). */
export function isBadNonce({ status, body }: AuthorityAnswer): boolean {
  return status === 400 && readProblem(body).type === "badNonce"
}

function readProblem(body: string): { type?: string | undefined; detail?: string | undefined } {
  try {
    const { type, detail } = JSON.parse(body) as Record<string, unknown>
    return {
      type: typeof type === "string" ? type.replace(prefix, "") : undefined,
      detail: typeof detail === "string" ? detail.replace(/\s+/g, " ") : undefined,
    }
  } catch {
    return {}
  }
}

/** Seconds or a date (RFC 9110 section 10.2.3) as a time to wait; undefined for what is neither, or over. */
function retryAfterOf(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return waitMs > 0 ? waitMs : undefined
}
