import assert from "node:assert/strict"
import { request } from "node:http"
import type { TestContext } from "node:test"
import { pino } from "pino"
import { systemClock } from "../../kit/node/system-clock.ts"
import { startAdminApi } from "../api/admin-api.ts"
import type { Databases } from "../api/database-routes.ts"
import type { Drills } from "../api/drill-routes.ts"
import { type LoadDesk, noLoad } from "../api/load-desk.ts"
import type { Page } from "../api/page-routes.ts"
import type { Readings } from "../api/routes.ts"
import { memoryAuditTrail } from "../audit/audit-trail.ts"
import { FakeService } from "./control-fixture.ts"

export const token = "0123456789abcdef"
export const log = pino({ level: "silent" })
/** Where there is nothing to read. */
export const noReadings: Readings = {
  config: async () => [],
  doctor: async () => [],
  logs: async function* () {},
}
/** Where there is no database. */
export const noDatabases: Databases = {
  look: async () => ({ schema: 1, engine: "none", connectionBudget: 0, sql: {}, servers: [] }),
  backups: async () => ({ schema: 1, backups: [] }),
  ask: () => Promise.reject(new Error("there is no database")),
}
/** Where none can be run. */
export const noDrills: Drills = {
  view: async () => ({ schema: 1, drills: [], runs: [] }),
  start: () => Promise.reject(new Error("there is no drill")),
  cancel: () => assert.fail("there is no drill"),
  output: () => assert.fail("there is no drill"),
  report: () => Promise.reject(new Error("there is no drill")),
}
/** What nobody looks at. */
export const unread = {
  audit: memoryAuditTrail(),
  readings: noReadings,
  databases: noDatabases,
  load: memoryLoad(),
  drills: noDrills,
  clock: systemClock,
}

/** Nothing is sent anywhere. */
function memoryLoad(): LoadDesk {
  let load = noLoad
  return {
    view: () => load,
    start: rps => (load = { ...noLoad, state: "running", rps }),
    stop: () => (load = noLoad),
  }
}

/** What a browser loads, as the console's build has it. */
export const page: Page = async () => {
  const file = (text: string, type: string, immutable: boolean) => {
    const identity = { bytes: new TextEncoder().encode(text), etag: `"${text.length}"` }
    return { type, immutable, codings: new Map([["identity", identity] as const]) }
  }
  return new Map([
    ["/index.html", file("<!doctype html>", "text/html; charset=utf-8", false)],
    ["/assets/index-1.js", file("1", "text/javascript; charset=utf-8", true)],
  ])
}

type Answer = { status: number; headers: Record<string, unknown>; text: string }

/** The admin API before a service in memory, and how to ask it. */
export async function serveAdmin(
  t: TestContext,
  readings: Partial<Readings> = {},
  databases: Databases = noDatabases,
  drills: Drills = noDrills,
) {
  const service = new FakeService(t)
  const control = await service.started()
  const audit = memoryAuditTrail()
  const trailed = { ...unread, audit, databases, drills, readings: { ...noReadings, ...readings } }
  const api = await startAdminApi({
    control,
    page,
    token,
    ...trailed,
    listen: { host: "127.0.0.1", port: 0 },
    log,
  })
  t.after(() => api.close())
  const { port } = api.address
  const host = `127.0.0.1:${port}`
  const authorization = `Bearer ${token}`

  /** fetch would not let a test forge Host. */
  const ask = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    new Promise<Answer>((resolve, reject) => {
      const sent = request(
        { host: "127.0.0.1", port, method, path, headers: { host, ...headers } },
        answer => {
          let text = ""
          answer.setEncoding("utf8").on("data", (chunk: string) => {
            text += chunk
          })
          answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
        },
      )
      sent.on("error", reject)
      sent.end(body)
    })
  const get = (path: string) => ask("GET", path, { authorization })
  const post = (path: string, body: unknown) =>
    ask("POST", path, { authorization, "content-type": "application/json" }, JSON.stringify(body))
  return { service, control, host, authorization, ask, get, post, url: `http://${host}` }
}
