import { request } from "node:http"
import type { LoadTarget } from "../../load/load.ts"

export type Ask = {
  readonly method: string
  readonly path: string
  readonly fields: Readonly<Record<string, string>>
  readonly body?: object
  /** An address of this machine's to come from; its own choice when not given. */
  readonly from?: string
}

/** What came back: a status, or how it failed in the load generator's words. */
export type Asked = {
  readonly status: number
  readonly failure: "refused" | "resetNew" | "timeout" | undefined
  readonly detail: string
  readonly json: unknown
  /** The Set-Cookie fields. */
  readonly setCookies: readonly string[]
}

/** Longer than a front door that hangs takes to be replaced, also on a busy machine. */
const timeoutMs = 30_000

/** One request on a connection of its own. Never retries, never rejects. */
export function ask(target: LoadTarget, { method, path, fields, body, from }: Ask): Promise<Asked> {
  const bytes = body === undefined ? undefined : JSON.stringify(body)
  return new Promise(resolve => {
    const failed = (failure: Asked["failure"], detail: string) =>
      resolve({ status: 0, failure, detail, json: null, setCookies: [] })
    const sent = request({
      ...target,
      method,
      path,
      agent: false,
      ...(from === undefined ? {} : { localAddress: from }),
      headers: { ...fields, ...headersOf(bytes) },
    })
    const timer = setTimeout(() => {
      failed("timeout", `${timeoutMs} ms`)
      sent.destroy()
    }, timeoutMs)
    sent.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      failed(error.code === "ECONNREFUSED" ? "refused" : "resetNew", error.code ?? error.message)
    })
    sent.on("response", answer => {
      let text = ""
      answer.setEncoding("utf8")
      answer.on("data", part => {
        text += part
      })
      answer.on("error", error => failed("resetNew", error.message))
      answer.on("end", () => {
        clearTimeout(timer)
        const { statusCode: status = 0, complete, headers } = answer
        const setCookies = headers["set-cookie"] ?? []
        const detail = text.slice(0, 200)
        if (!complete) failed("resetNew", "cut short")
        else resolve({ status, failure: undefined, detail, json: parsed(text), setCookies })
      })
    })
    sent.end(bytes)
  })
}

function headersOf(bytes: string | undefined): Record<string, string | number> {
  return bytes === undefined
    ? {}
    : { "content-type": "application/json", "content-length": Buffer.byteLength(bytes) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
