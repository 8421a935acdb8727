import assert from "node:assert/strict"
import { test } from "node:test"
import { auditViewSchema, callerHeaders } from "../../wire/admin.ts"
import { settled } from "../testing/control-fixture.ts"
import { serveAdmin } from "../testing/served-admin.ts"

test("the audit trail: who asked for what, and what came of it; previews and looks are not in it", async t => {
  const { ask, get, post, authorization, control } = await serveAdmin(t)
  const json = { authorization, "content-type": "application/json" }
  const caller = {
    [callerHeaders.client]: "console",
    [callerHeaders.user]: encodeURIComponent("Zoë \u0000👩‍🍳"),
  }
  await ask("POST", "/api/changes", { ...json, ...caller }, JSON.stringify({ type: "grow" }))
  await settled(control)
  await post("/api/plan", { type: "shrink" })
  await get("/api/state")
  await post("/api/changes", { type: "scale", instances: { web: 2 } })
  await post("/api/changes", { type: "explode" })
  await post("/api/instances/web-9/kill", {})
  await post("/api/instances/web-2/kill", { signal: "SIGSTOP" })
  await ask("POST", "/api/changes", { ...json, authorization: "Bearer no" }, "{}")
  const { entries } = auditViewSchema.parse(JSON.parse((await get("/api/audit")).text))
  const told = entries.map(({ client, user, what, outcome, code }) => [client, user, what, outcome, code])
  assert.deepEqual(told.toReversed(), [
    ["console", "Zoë 👩🍳", "grow", "accepted", undefined],
    ["unknown", undefined, "scale web=2", "needless", undefined],
    ["unknown", undefined, "POST /api/changes", "refused", "BN1332"],
    ["unknown", undefined, "kill web-9", "refused", "BN1306"],
    ["unknown", undefined, "kill web-2 --signal STOP", "accepted", undefined],
  ])
  assert.match(entries.at(-1)?.plan ?? "", /^plan-/)
})
