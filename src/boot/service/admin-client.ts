import { userInfo } from "node:os"
import {
  type AuditView,
  auditViewSchema,
  type CertificateOrderView,
  type Change,
  type ConfigView,
  callerHeaders,
  certificateOrderViewSchema,
  configViewSchema,
  type EventView,
  errorViewSchema,
  eventViewSchema,
  type PlanView,
  type Preview,
  planViewSchema,
  type RequestsView,
  type RequestView,
  requestsViewSchema,
  requestViewSchema,
  type SqlAnswer,
  type SqlRequest,
  type StateView,
  sqlAnswerSchema,
  stateViewSchema,
} from "../../wire/admin.ts"
import { bootError } from "../boot-errors.ts"
import type { AdminAccess } from "./admin-access.ts"

/** An answer of the admin API with a status of 400 or above, as the error it names. */
export class AdminRefusal extends Error {
  readonly status: number
  readonly code: string
  readonly todo: string

  constructor(status: number, error: { code: string; message: string; todo: string }) {
    super(error.message)
    this.name = "AdminRefusal"
    this.status = status
    this.code = error.code
    this.todo = error.todo
  }
}

/** For the audit trail; encoded, because a header takes few letters. */
const caller = {
  [callerHeaders.client]: "command-line",
  [callerHeaders.user]: encodeURIComponent(userName()),
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A number without a name (containers).
    return `uid ${process.getuid?.() ?? "unknown"}`
  }
}

/** The admin API from the caller's side. Every call throws AdminRefusal, or BN3107 when nobody answers. */
export class AdminClient {
  readonly access: AdminAccess
  readonly #timeoutMs: number

  constructor(access: AdminAccess, timeoutMs = 30_000) {
    this.access = access
    this.#timeoutMs = timeoutMs
  }

  async state(): Promise<StateView> {
    return stateViewSchema.parse(await this.#json("GET", "/api/state"))
  }

  /** What a change would do, or what would be mended after a death; nothing happens. */
  async preview(change: Preview): Promise<PlanView> {
    return planViewSchema.parse(await this.#json("POST", "/api/plan", change))
  }

  /** Asks for a change. Null when there is nothing to do. */
  async change(change: Change): Promise<PlanView | null> {
    const answer = (await this.#json("POST", "/api/changes", change)) as { plan?: unknown }
    const plan = "plan" in answer ? answer.plan : answer
    return plan === null ? null : planViewSchema.parse(plan)
  }

  async plan(id: string): Promise<PlanView> {
    return planViewSchema.parse(await this.#json("GET", `/api/plans/${encodeURIComponent(id)}`))
  }

  async requests(filter: Readonly<Record<string, string | number>>): Promise<RequestsView> {
    const query = new URLSearchParams(
      Object.entries(filter).map(([name, value]) => [name, `${value}`] as [string, string]),
    )
    return requestsViewSchema.parse(await this.#json("GET", `/api/requests?${query}`))
  }

  /** By its own id, or that of its trace. */
  async request(id: string): Promise<RequestView> {
    return requestViewSchema.parse(await this.#json("GET", `/api/requests/${encodeURIComponent(id)}`))
  }

  async config(): Promise<ConfigView> {
    return configViewSchema.parse(await this.#json("GET", "/api/config"))
  }

  async audit(): Promise<AuditView> {
    return auditViewSchema.parse(await this.#json("GET", "/api/audit"))
  }

  async kill(id: string, signal: string): Promise<void> {
    await this.#instance(id, "kill", { signal })
  }

  /** When it goes on. */
  async freeze(id: string, forMs: number): Promise<number> {
    return ((await this.#instance(id, "freeze", { forMs })) as { untilMs: number }).untilMs
  }

  async thaw(id: string): Promise<void> {
    await this.#instance(id, "thaw", {})
  }

  /** Orders the certificate anew; how that stands when it has begun. */
  async renewCertificate(): Promise<CertificateOrderView> {
    return certificateOrderViewSchema.parse(await this.#json("POST", "/api/certificates/renew", {}))
  }

  /** One statement that only reads; the signal gives it up, at the database too. */
  async sql(request: SqlRequest, signal: AbortSignal): Promise<SqlAnswer> {
    const answer = await this.#send("POST", "/api/sql", request, signal, {})
    return sqlAnswerSchema.parse(await answer.json())
  }

  async down(drainTimeoutMs: number): Promise<void> {
    await this.#json("POST", "/api/down", { drainTimeoutMs })
  }

  /** Events as they come, until the signal aborts or the link ends. Resume with the last seen sequence number. */
  async *events(signal: AbortSignal, after?: number): AsyncGenerator<{ seq: number; event: EventView }> {
    const answer = await this.#send("GET", "/api/events", undefined, signal, {
      ...(after === undefined ? {} : { "last-event-id": String(after) }),
    })
    let pending = ""
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      pending += chunk
      const blocks = pending.split("\n\n")
      pending = blocks.pop() ?? ""
      for (const block of blocks) {
        const event = parseEvent(block)
        if (event !== undefined) yield event
      }
    }
  }

  #instance(id: string, deed: string, body: unknown): Promise<unknown> {
    return this.#json("POST", `/api/instances/${encodeURIComponent(id)}/${deed}`, body)
  }

  async #json(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.#send(method, path, body, AbortSignal.timeout(this.#timeoutMs), {})
    return answer.json()
  }

  async #send(
    method: string,
    path: string,
    body: unknown,
    signal: AbortSignal,
    fields: Record<string, string>,
  ): Promise<Response> {
    let answer: Response
    try {
      answer = await fetch(new URL(path, this.access.url), {
        method,
        signal,
        headers: {
          authorization: `Bearer ${this.access.token}`,
          ...caller,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...fields,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    } catch (error) {
      throw bootError("BN3107", { url: this.access.url }, error)
    }
    if (answer.ok) return answer
    const parsed = errorViewSchema.safeParse(await answer.json().catch(() => undefined))
    const unknown = {
      code: "BN3107",
      message: `the admin API answered ${answer.status}`,
      todo: "See `npx banyan logs supervisor`.",
    }
    throw new AdminRefusal(answer.status, parsed.success ? parsed.data.error : unknown)
  }
}

/** One look at the state: a supervisor that does not answer by then is asked again. */
const stateTimeoutMs = 5000

/** The state; undefined while nobody answers. */
export async function readState(
  access: AdminAccess,
  timeoutMs = stateTimeoutMs,
): Promise<StateView | undefined> {
  return new AdminClient(access, timeoutMs).state().catch(() => undefined)
}

/** One block of a text/event-stream (WHATWG HTML, section 9.2); comments and unknown types give undefined. */
function parseEvent(block: string): { seq: number; event: EventView } | undefined {
  let seq = 0
  let data = ""
  for (const line of block.split("\n")) {
    if (line.startsWith("id:")) seq = Number(line.slice(3).trim())
    if (line.startsWith("data:")) data += line.slice(5).trim()
  }
  if (data === "") return undefined
  const parsed = eventViewSchema.safeParse(JSON.parse(data))
  return parsed.success ? { seq, event: parsed.data } : undefined
}
