import assert from "node:assert/strict"
import { test } from "node:test"
import type { DriverInstance } from "../../drivers/driver.ts"
import type { InstanceId } from "../../topology/topology.ts"
import type { ServiceMap } from "../../wire/map.ts"
import { DatabaseWatch } from "./database-watch.ts"

const map = {
  databases: [
    { id: "postgres-1", role: "primary", state: "active" },
    { id: "postgres-2", role: "replica", state: "active" },
  ],
} as unknown as ServiceMap

function server(id: string, silentMs: number): DriverInstance {
  const isPrimary = id === "postgres-1"
  const follows = isPrimary ? {} : { follows: "postgres-1" as InstanceId, streaming: true }
  const database = { role: isPrimary ? "primary" : "replica", timeline: 1, position: "0/1", ...follows }
  return { id, state: "ready", silentMs, database } as unknown as DriverInstance
}

test("a replica that hangs is lost three seconds after it was heard, though its connection still streams", () => {
  const watch = new DatabaseWatch(1000)
  watch.follow(map, 0)
  const at = (nowMs: number, silentMs: number) => {
    const list = [server("postgres-1", 0), server("postgres-2", silentMs)]
    watch.see(list, nowMs)
    const { follows, isLost } = watch.observe("postgres-2", list[1], () => [], nowMs)!
    return { follows, isLost, following: watch.following(["postgres-2"], list) }
  }
  assert.deepEqual(at(1000, 0), { follows: true, isLost: false, following: 1 })
  assert.deepEqual(at(1900, 900), { follows: true, isLost: false, following: 1 })
  assert.deepEqual(at(4000, 3000), { follows: true, isLost: false, following: 0 })
  assert.deepEqual(at(5000, 4000), { follows: true, isLost: true, following: 0 })
  assert.deepEqual(at(6000, 0), { follows: true, isLost: false, following: 1 })
})
