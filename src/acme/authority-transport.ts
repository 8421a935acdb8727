import https from "node:https"
import type { axios } from "acme-client"
import { messageOf } from "../kit/errors.ts"
import { acmeError } from "./acme-errors.ts"
import { type AuthorityAnswer, authorityProblem, isBadNonce } from "./authority-problem.ts"

const answerTimeoutMs = 30_000
const mostBytes = 1024 * 1024
const userAgent = "banyan (acme-client)"

type Adapter = Extract<(typeof axios)["defaults"]["adapter"], (...args: never[]) => unknown>

/**
 * How the library's requests travel. With its own way a refusal loses its type and its Retry-After, a connection that could
 * not be made loses the reason, and a rate limit is waited for inside, for hours. So all of it ends here: an answer that
 * is no success is an error with a code, thrown through the library; it sees successes, and bad nonces, which it repeats.
 */
export function authorityTransport(ca: string | undefined): Adapter {
  const agent = new https.Agent({ keepAlive: true, ...(ca !== undefined && { ca }) })
  return async config => {
    const url = config.url ?? ""
    const { headers, answer } = await ask(url, agent, {
      method: (config.method ?? "get").toUpperCase(),
      headers: { "content-type": "application/jose+json", "user-agent": userAgent },
      body: config.data as string | undefined,
    })
    if (answer.status >= 400 && !isBadNonce(answer)) throw authorityProblem(answer, Date.now())
    return { config, status: answer.status, statusText: "", headers, data: answer.body, request: undefined }
  }
}

type Sent = {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string | undefined
}
type Received = { readonly headers: Record<string, string>; readonly answer: AuthorityAnswer }

function ask(url: string, agent: https.Agent, { method, headers, body }: Sent): Promise<Received> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) =>
      reject(acmeError("BN1601", { host: new URL(url).host, reason: reasonOf(error) }, error))
    const request = https.request(url, { agent, method, headers, timeout: answerTimeoutMs }, response => {
      let text = ""
      response.setEncoding("utf8").on("error", fail)
      response.on("data", piece => {
        text += piece
        if (text.length > mostBytes) response.destroy(new Error("its answer is too long"))
      })
      response.on("end", () => {
        const status = response.statusCode ?? 0
        const retryAfter = response.headers["retry-after"]
        resolve({ headers: flat(response.headers), answer: { url, status, body: text, retryAfter } })
      })
    })
    request.on("error", fail)
    request.on("timeout", () => request.destroy(new Error(`no answer within ${answerTimeoutMs} ms`)))
    request.end(body)
  })
}

/** Several addresses that all failed come as one error without words. */
function reasonOf(error: unknown): string {
  const words = error instanceof AggregateError ? error.errors.map(messageOf).join("; ") : messageOf(error)
  return words === "" ? String((error as NodeJS.ErrnoException).code) : words
}

function flat(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]))
}
