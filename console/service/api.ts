import type {
  AuditView,
  BackupsView,
  Change,
  ConfigView,
  DataTierView,
  DoctorView,
  DrillOutput,
  DrillRequest,
  DrillRunView,
  DrillsView,
  ErrorView,
  HistoryView,
  LadderView,
  LoadView,
  PlanView,
  Preview,
  RequestsView,
  RequestView,
  SqlAnswer,
  SqlRequest,
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

/** Whoever does not answer at all refuses nothing: that is told elsewhere. */
export function refusalOf(error: unknown): Refusal | undefined {
  return error instanceof Refusal ? error : undefined
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

export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const init = { method: "POST", body: JSON.stringify(body), ...(signal && { signal }) }
  return (await send(path, init)).json() as Promise<T>
}

const instance = (id: string) => `/api/instances/${encodeURIComponent(id)}`

const drill = (id: string) => `/api/drills/${encodeURIComponent(id)}`

export const api = {
  state: () => get<StateView>("/api/state"),
  history: () => get<HistoryView>("/api/history"),
  config: () => get<ConfigView>("/api/config"),
  doctor: () => get<DoctorView>("/api/doctor"),
  audit: () => get<AuditView>("/api/audit"),
  timeline: () => get<TimelineView>("/api/timeline"),
  requests: (query: URLSearchParams) => get<RequestsView>(`/api/requests?${query}`),
  request: (id: string) => get<RequestView>(`/api/requests/${encodeURIComponent(id)}`),
  load: () => get<LoadView>("/api/load"),
  startLoad: (rps: number) => post<LoadView>("/api/load/start", { rps }),
  stopLoad: () => post<LoadView>("/api/load/stop", {}),
  ladder: () => get<LadderView>("/api/ladder"),
  preview: (change: Preview) => post<PlanView>("/api/plan", change),
  data: () => get<DataTierView>("/api/data"),
  backups: () => get<BackupsView>("/api/backups"),
  drills: () => get<DrillsView>("/api/drills"),
  startDrill: (request: DrillRequest) => post<DrillRunView>("/api/drills/start", request),
  cancelDrill: (id: string) => post<DrillRunView>(`${drill(id)}/cancel`, {}),
  drillOutput: (id: string, after: number) => get<DrillOutput>(`${drill(id)}/output?after=${after}`),
  drillReport: <T>(id: string) => get<T>(`${drill(id)}/report`),
  drillPage: async (id: string) => (await send(`${drill(id)}/page`)).blob(),
  /** Aborting cancels it, at the database too. */
  sql: (request: SqlRequest, signal: AbortSignal) => post<SqlAnswer>("/api/sql", request, signal),
  change: (change: Change) => post<PlanView | { plan: null }>("/api/changes", change),
  signal: (id: string, signal: string) => post(`${instance(id)}/kill`, { signal }),
  freeze: (id: string, forMs: number) => post(`${instance(id)}/freeze`, { forMs }),
  thaw: (id: string) => post(`${instance(id)}/thaw`, {}),
}
