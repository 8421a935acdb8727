import assert from "node:assert/strict"
import { test } from "node:test"
import { stripVTControlCharacters } from "node:util"
import { pino } from "pino"
import { AdminClient } from "../boot/service/admin-client.ts"
import { lookUntil } from "../boot/service/look-until.ts"
import { startAdminApi } from "../control/api/admin-api.ts"
import { FakeService } from "../control/testing/control-fixture.ts"
import { unread } from "../control/testing/served-admin.ts"
import { followPlan } from "./follow-plan.ts"
import { Output } from "./output.ts"

const token = "0123456789abcdef"

/** Keeps what is said and what is given to programs. */
class Listener extends Output {
  readonly said: string[] = []
  readonly values: unknown[] = []

  override say(line = ""): void {
    this.said.push(stripVTControlCharacters(line))
  }

  override value(value: unknown): void {
    this.values.push(value)
  }
}

test("how far a start has come is told while it takes long: to people in words, to programs as values", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  const listen = { host: "127.0.0.1", port: 0 }
  const log = pino({ level: "silent" })
  const api = await startAdminApi({
    control,
    page: async () => new Map(),
    token,
    listen,
    log,
    ...unread,
  })
  t.after(() => api.close())
  const client = new AdminClient({ url: `http://127.0.0.1:${api.address.port}`, token })
  service.stuck.set("web-2", "copying: 43 %")
  const begun = (await client.change({ type: "grow" }))!
  const [people, programs] = [new Listener(false), new Listener(true)]
  const told = () => people.said.some(line => line.includes("43 %")) && programs.values.length > 0
  const ended = Promise.all([
    followPlan(client, begun, { out: people, progress: false }, 30_000),
    followPlan(client, begun, { out: programs, progress: true }, 30_000),
  ])
  await lookUntil(20_000, async () => told() || undefined)
  await client.kill("web-2", "SIGKILL")
  await ended
  assert.deepEqual(programs.values, [{ step: "start", id: "web-2", progress: "copying: 43 %" }])
  assert.deepEqual(people.values, [])
  assert.match(people.said.join("\n"), /^ {2}\.\. {2}start {2}web-2 {7}copying: 43 %$/m)
})
