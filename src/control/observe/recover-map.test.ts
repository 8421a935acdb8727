import assert from "node:assert/strict"
import { test } from "node:test"
import type { DriverInstance } from "../../drivers/driver.ts"
import { groupOf, type InstanceId } from "../../topology/topology.ts"
import type { FrontReport, Report, WebReport } from "../../wire/report.ts"
import { recoverMap } from "./recover-map.ts"

const epoch = { term: 3, counter: 4 }

function living(id: InstanceId): DriverInstance {
  const address = { path: `.banyan/run/${id}.sock` }
  const common = { version: "1", pid: 1, startedAtMs: 0, tokenHash: "", state: "running" as const }
  return { ...common, id, group: groupOf(id)!, address }
}

function says(
  id: InstanceId,
  roles: { front?: FrontReport["state"]; web?: WebReport["state"]; chosen?: string[] },
): Report {
  const counts = { connections: 0, outstanding: 0, requests: 0, answers: {}, aborted: 0, retries: 0 }
  const backends = (roles.chosen ?? []).map(each => ({ id: each, outstanding: 0, healthy: true }))
  return {
    id,
    epoch,
    ready: true,
    ...(roles.front && { front: { ...counts, state: roles.front, latencyMs: { p50: 0, p99: 0 }, backends } }),
    ...(roles.web && { web: { state: roles.web, outstanding: 0, requests: 0, errors: 0 } }),
  }
}

const recovered = (ids: InstanceId[], reports: Report[]) => {
  const { fronts, backends, databases } = recoverMap(ids.map(living), reports, "balanced", {
    promotions: [],
    drainTimeoutMs: 1000,
  })
  return {
    fronts: fronts.map(({ id, state }) => `${id} ${state}`),
    backends: backends.map(({ id, state }) => `${id} ${state}`),
    databases: databases.map(({ id }) => id),
  }
}

test("what the processes say is what the map was", () => {
  const reports = [
    says("edge-1", { front: "open", chosen: ["web-1"] }),
    says("app-1", { front: "draining", web: "draining" }),
    says("web-1", { web: "serving" }),
    says("web-2", { web: "serving" }),
  ]
  assert.deepEqual(recovered(["postgres-1", "edge-1", "app-1", "web-1", "web-2"], reports), {
    fronts: ["edge-1 open", "app-1 closed"],
    // Nobody chooses web-2 yet: it was about to be routed.
    backends: ["app-1 draining", "web-1 active"],
    databases: ["postgres-1"],
  })
})

test("who lives and was not heard is taken for serving: the map never takes the service away", () => {
  assert.deepEqual(recovered(["edge-1", "web-1", "web-2"], [says("web-2", { web: "serving" })]), {
    fronts: ["edge-1 open"],
    backends: ["web-1 active", "web-2 active"],
    databases: [],
  })
})

test("what control has told the front doors of a canary, and of keyed routes, they and the instances tell it", () => {
  const canary = { version: "2", weight: 10, cookie: "user" }
  const none = { requests: 0, answers: {}, aborted: 0, retries: 0, takenOver: 0 }
  const edge = says("edge-1", { front: "open", chosen: ["web-1"] })
  const web = says("web-1", { web: "serving" })
  const manifest = { name: "x", version: "2", tables: {}, jobs: [], keyedRoutes: ["POST /orders"] }
  const reports: Report[] = [
    { ...edge, front: { ...edge.front!, canary: { ...canary, tracks: { canary: none, baseline: none } } } },
    { ...web, manifest },
  ]
  const map = recoverMap((["edge-1", "web-1"] as const).map(living), reports, "balanced", {
    promotions: [],
    drainTimeoutMs: 1000,
  })
  assert.deepEqual(map.canary, canary)
  assert.deepEqual(
    map.backends.map(backend => backend.keyedRoutes),
    [["POST /orders"]],
  )
})
