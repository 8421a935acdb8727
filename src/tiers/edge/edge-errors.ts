import { defineErrors, type ErrorDetails, type ErrorRow } from "../../kit/errors.ts"

type EdgeRow = ErrorRow & {
  /** What a client is answered; 0 for errors that no client sees. */
  readonly status: number
}

const row = (status: number, fault: "user" | "system", sentence: string, todo: string): EdgeRow => ({
  status,
  fault,
  say: details => sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name])),
  todo,
})

const again = "Try again in a moment; `banyan status` shows what is running."

const table = {
  BN2001: row(
    0,
    "system",
    "the front door {id} cannot listen on {where}: {reason}",
    "Free the address or choose another port.",
  ),
  BN2002: row(
    0,
    "system",
    "the front door {id} has closed the socket it was born with and cannot open it again",
    "Start a new front door; this one leaves.",
  ),
  BN2010: row(404, "user", "there is nothing here", "Paths under /.banyan/ are for the inside only."),
  BN2011: row(405, "user", "CONNECT is not offered: this is no forward proxy", "Send an ordinary request."),
  BN2012: row(503, "system", "too many connections", again),
  BN2013: row(503, "system", "no backend became available within {waitedMs} ms", again),
  BN2014: row(503, "system", "too many requests are waiting for a backend", again),
  BN2015: row(
    502,
    "system",
    "the backend ended the connection before it answered; the request may have been processed",
    "Check whether it was done before you send it again.",
  ),
  BN2016: row(502, "system", "the backend's answer was no HTTP: {reason}", "Read the backend's log."),
  BN2017: row(504, "system", "the backend did not answer within {timeoutMs} ms", again),
  BN2018: row(408, "user", "the request's head did not arrive within {timeoutMs} ms", "Send it faster."),
  BN2019: row(408, "user", "the request's body stopped for {timeoutMs} ms", "Send it faster."),
  BN2020: row(
    408,
    "user",
    "the request's body came slower than {least} bytes a second",
    "Send it faster; `edge/minUploadBytesPerSecond` sets how slow is too slow.",
  ),
  BN2021: row(
    408,
    "user",
    "the request's body did not arrive within {timeoutMs} ms",
    "Send it faster or in parts; `edge/uploadTimeoutMs` sets how long it may take.",
  ),
  BN2022: row(
    429,
    "user",
    "too many connections from {address}",
    "Reuse connections; behind a proxy on another machine, raise `edge/maxConnectionsPerAddress`.",
  ),
  BN2023: row(503, "system", "more requests come than the backends can answer", again),
  BN2024: row(
    400,
    "user",
    "this port speaks TLS, and the request came without",
    "Ask under https://, or at the service's plain port.",
  ),
  BN2025: row(308, "user", "this service is served under https", "Ask at the address that `Location` names."),
  BN2026: row(
    429,
    "user",
    "too much of the answers to {address} waits to be read",
    "Read answers as they come; behind a proxy on another machine, raise `edge/maxConnectionsPerAddress`.",
  ),
} as const satisfies Record<`BN${number}`, EdgeRow>

export const edgeError = defineErrors(table)

/** Errors that are answered to a client. */
export type EdgeAnswerCode = Exclude<keyof typeof table, "BN2001" | "BN2002">

/** What a client is told. */
export type Refusal = {
  readonly status: number
  readonly code: string
  readonly message: string
  /** Where to ask instead. */
  readonly location?: string
  /** The whole body, in place of the error: the front door knows the answer itself, and refuses nothing. */
  readonly text?: string
}

/** As the access log has it; undefined for what is no refusal. */
export function reasonOf({ code, message, text }: Refusal): string | undefined {
  return text === undefined ? `${code}: ${message}` : undefined
}

export function refusal(code: EdgeAnswerCode, details: ErrorDetails = {}): Refusal {
  const { status, say } = table[code]
  return { status, code, message: say(details) }
}
