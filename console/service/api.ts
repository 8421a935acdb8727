import type {
  AuditView,
  Change,
  ConfigView,
  DoctorView,
  ErrorView,
  HistoryView,
  LadderView,
  PlanView,
  StateView,
  TimelineView,
} from "banyan/admin"
import { currentToken } from "./token.ts"

/** What the admin API refused, in its own words. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly todo: string

  constructor(status: number, { code, message, todo }: ErrorView["error"]) {
    super(message)
    this.status = status
    this.code = code
    this.todo = todo
  }
}

/** One request with the token. Throws Refusal for any answer of 400 or above, TypeError when nobody answers. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set("authorization", `Bearer ${currentToken()}`)
  headers.set("banyan-client", "console")
  if (init.body !== undefined) headers.set("content-type", "application/json")
  const answer = await fetch(path, { ...init, headers, cache: "no-store" })
  if (answer.ok) return answer
  const said = (await answer.json().catch(() => undefined)) as ErrorView | undefined
  const unknown = {
    code: "",
    fault: "system",
    message: `the admin API answered ${answer.status}`,
    todo: "",
  } as const
  throw new Refusal(answer.status, said?.error ?? unknown)
}

export async function get<T>(path: string): Promise<T> {
  return (await send(path)).json() as Promise<T>
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  return (await send(path, { method: "POST", body: JSON.stringify(body) })).json() as Promise<T>
}

export const api = {
  state: () => get<StateView>("/api/state"),
  history: () => get<HistoryView>("/api/history"),
  config: () => get<ConfigView>("/api/config"),
  doctor: () => get<DoctorView>("/api/doctor"),
  audit: () => get<AuditView>("/api/audit"),
  timeline: () => get<TimelineView>("/api/timeline"),
  ladder: () => get<LadderView>("/api/ladder"),
  preview: (change: Change) => post<PlanView>("/api/plan", change),
  change: (change: Change) => post<PlanView | { plan: null }>("/api/changes", change),
  signal: (id: string, signal: string) => post(`/api/instances/${encodeURIComponent(id)}/kill`, { signal }),
}
