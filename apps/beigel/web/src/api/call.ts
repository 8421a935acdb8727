import { heard, missed } from "../state/online.ts"

/** Why something did not work: as the API words it, or `offline` when there was no answer. */
export class Failure extends Error {
  readonly status: number
  readonly code: string
  readonly field: string | undefined

  constructor(status: number, code: string, message: string, field?: string) {
    super(message)
    this.status = status
    this.code = code
    this.field = field
  }
}

type Options = { readonly body?: unknown; readonly key?: string; readonly signal?: AbortSignal }

/** Longer than the front door lets a request wait; then nobody will answer. */
const TIMEOUT_MS = 30_000

/**
 * Asks the API; resolves with its JSON (null for no content). Throws a Failure, or an AbortError when the signal says
 * that nobody waits any more. A request with a `key` may be sent again and is done once.
 */
export async function call<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = {}
  if (options.body !== undefined) headers["content-type"] = "application/json"
  if (options.key !== undefined) headers["idempotency-key"] = `"${options.key}"`
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  const response = await fetch(path, {
    method,
    headers,
    body: options.body === undefined ? null : JSON.stringify(options.body),
    signal: options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]),
  }).catch(error => unanswered(error, options))
  if (!response.ok) throw await refusalOf(response)
  // An answer that breaks off, or is in other words than the API's, is none.
  const answer =
    response.status === 204 ? null : await response.json().catch(error => unanswered(error, options))
  heard()
  return answer as T
}

function unanswered(error: unknown, { signal }: Options): never {
  signal?.throwIfAborted()
  missed()
  throw new Failure(0, "offline", String(error))
}

async function refusalOf(response: Response): Promise<Failure> {
  heard()
  const { error } = await response.json().catch(() => ({}))
  const { code = "unknown", message = `Beigel answered ${response.status}.`, field } = error ?? {}
  return new Failure(response.status, code, message, field)
}

export function failureOf(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure(0, "unknown", String(error))
}

/** 128 random bits. Not crypto.randomUUID, which a page without TLS has only on localhost. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map(byte => byte.toString(16).padStart(2, "0"))
    .join("")
}

export function pointQuery({ lat, lon }: { lat: number; lon: number }): string {
  return `lat=${lat.toFixed(5)}&lon=${lon.toFixed(5)}`
}
