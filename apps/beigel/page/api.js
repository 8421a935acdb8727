/** A refusal as Beigel words it. */
export class Refusal extends Error {
  constructor(status, { code, message }) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Calls the API; returns its JSON (null for no content). Throws a Refusal, or a plain Error when there is no answer. */
export async function call(method, path, body) {
  const options = { method }
  if (body !== undefined) {
    options.headers = { "content-type": "application/json" }
    options.body = JSON.stringify(body)
    // Where it is honoured, the front door may send this request again for us, and it is done once.
    if (method === "POST") options.headers["idempotency-key"] = newKey()
  }
  const response = await fetch(path, options).catch(() => {
    throw new Error("Beigel cannot be reached. Are you online?")
  })
  if (response.ok) return response.status === 204 ? null : response.json()
  const { error } = await response.json().catch(() => ({}))
  throw new Refusal(
    response.status,
    error ?? { code: "unknown", message: `Beigel answered ${response.status}.` },
  )
}

/** 128 random bits. Not crypto.randomUUID, which a page without TLS has only on localhost. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte =>
    byte.toString(16).padStart(2, "0"),
  ).join("")
}

export function pointQuery({ lat, lon }) {
  return new URLSearchParams({ lat: lat.toFixed(6), lon: lon.toFixed(6) })
}

/**
 * Follows what is written near a point. The browser comes back by itself when the stream ends; only when it has given
 * up (an answer that is no stream) a new one is begun. Returns a function that ends it.
 */
export function follow(point, { onOpen, onEvent }) {
  let source
  let timer
  let waitMs = 1000
  const begin = () => {
    source = new EventSource(`/api/feed/live?${pointQuery(point)}`)
    source.addEventListener("open", () => {
      waitMs = 1000
      onOpen()
    })
    for (const kind of ["post", "edit", "delete"]) {
      source.addEventListener(kind, event => onEvent(kind, JSON.parse(event.data)))
    }
    source.addEventListener("gap", onOpen)
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return
      timer = setTimeout(begin, waitMs)
      waitMs = Math.min(waitMs * 2, 30_000)
    })
  }
  begin()
  return () => {
    clearTimeout(timer)
    source.close()
  }
}
