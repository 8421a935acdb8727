import { codingFor } from "./accept-encoding.ts"
import type { PageFile } from "./page-files.ts"

export type PageAnswerOptions = {
  /** 200 unless said otherwise; 404 where the document tells of an address that is nobody's. */
  readonly status?: 200 | 404
  /** Of every answer: `strictHeaders`, and what the page adds. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * What this origin serves may run and be loaded, nothing inline, nothing of another host; no other page may frame it or
 * load from it. `policy` adds directives: `img-src 'self'`.
 */
export function strictHeaders(policy: readonly string[]): Record<string, string> {
  const own = ["script", "style", "connect"].map(kind => `${kind}-src 'self'`)
  const closed = ["base-uri 'none'", "frame-ancestors 'none'"]
  return {
    "content-security-policy": ["default-src 'none'", ...own, ...policy, ...closed].join("; "),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
  }
}

/**
 * A file in the coding the client likes best. What is named by its hash is kept for a year; of anything else a browser
 * asks each time whether it is still the same, and mostly hears 304 (RFC 9110 section 15.4.5).
 */
export function answerFile(request: Request, file: PageFile, options: PageAnswerOptions): Response {
  const { status = 200 } = options
  const wanted = codingFor(request.headers.get("accept-encoding") ?? undefined)
  const coding = file.codings.has(wanted) ? wanted : "identity"
  const { bytes, etag } = file.codings.get(coding)!
  const headers: Record<string, string> = {
    ...options.headers,
    etag,
    vary: "accept-encoding",
    "cache-control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache",
  }
  if (status === 200 && isKnown(request.headers.get("if-none-match"), etag))
    return new Response(null, { status: 304, headers })
  headers["content-type"] = file.type
  if (coding !== "identity") headers["content-encoding"] = coding
  return new Response(bytes, { status, headers })
}

/** RFC 9110 section 13.1.2: a list of tags, compared weakly. */
function isKnown(ifNoneMatch: string | null, etag: string): boolean {
  return ifNoneMatch?.split(",").some(tag => ["*", etag].includes(tag.trim().replace(/^W\//, ""))) ?? false
}
