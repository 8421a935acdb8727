type Row = {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 426 | 429 | 503
  readonly say: string
}

/** Everything Beigel refuses, by code: the status, and what is said unless the place that refuses knows better. */
const table = {
  "invalid-input": { status: 400, say: "Something in the request is not as it should be." },
  "invalid-json": { status: 400, say: "The body is not well-formed JSON." },
  "invalid-cursor": {
    status: 400,
    say: "This cursor is not one that this list gave. Send `nextCursor` as it came, with the same parameters, or none.",
  },
  "sign-in-first": { status: 401, say: "This needs an account. Sign in at POST /api/login." },
  "wrong-credentials": { status: 401, say: "The handle or the password is wrong." },
  "foreign-origin": {
    status: 403,
    say: "Changes are accepted from Beigel's own pages only. Other programs send an Origin header that names this host.",
  },
  "not-yours": { status: 403, say: "Only the author may change a post." },
  "not-found": { status: 404, say: "There is nothing here." },
  "handle-taken": { status: 409, say: "This handle is taken. Choose another, or sign in if it is yours." },
  "key-in-use": {
    status: 409,
    say: "The first request with this Idempotency-Key is still under way. Try again.",
  },
  "too-large": { status: 413, say: "The body is larger than 64 KiB." },
  "unsupported-type": { status: 415, say: "The body has to be JSON, with `Content-Type: application/json`." },
  "key-reused": {
    status: 422,
    say: "This Idempotency-Key was sent before, with another request. Make a new one for each thing to be done.",
  },
  "upgrade-first": {
    status: 426,
    say: "This is a WebSocket. Connect with an upgrade, or use GET /api/feed/live.",
  },
  "too-many-attempts": { status: 429, say: "Too many attempts to sign in. Wait a little." },
  unavailable: { status: 503, say: "Beigel is overloaded or a part of it is away for a moment. Try again." },
} as const satisfies Record<string, Row>

export type ProblemCode = keyof typeof table

/** What the client did wrong (or, `unavailable`, has to wait for), as it is told. */
export class Problem extends Error {
  readonly code: ProblemCode
  /** The field at fault, as `query.lat` or `body.text`. */
  readonly field: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ProblemCode,
    details: { message?: string; field?: string; retryAfterSeconds?: number } = {},
  ) {
    super(details.message ?? table[code].say)
    this.name = "Problem"
    this.code = code
    this.field = details.field
    this.retryAfterSeconds = details.retryAfterSeconds
  }

  get status(): Row["status"] {
    return table[this.code].status
  }

  toJSON(): { error: { code: string; message: string; field?: string } } {
    const { code, message, field } = this
    return { error: field === undefined ? { code, message } : { code, message, field } }
  }

  toResponse(): Response {
    const headers: Record<string, string> = { "cache-control": "no-store" }
    if (this.retryAfterSeconds !== undefined) headers["retry-after"] = String(this.retryAfterSeconds)
    if (this.status === 426) headers["upgrade"] = "websocket"
    return Response.json(this, { status: this.status, headers })
  }
}
