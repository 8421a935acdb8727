import assert from "node:assert/strict"
import { test } from "node:test"
import { asSuperuser } from "../../testing/data-for-tests.ts"
import { temporaryPostgres } from "../server/temporary-postgres.ts"
import { onceBorn, onceUp } from "./once-up.ts"
import { StandbyLog } from "./standby-log.ts"

test("a server whose process lives and that does not listen yet is waited for; a dead one is not", async t => {
  const postgres = await temporaryPostgres(t)
  const { dataFolder } = postgres
  const about = { id: "postgres-1", dataFolder, from: "postgres-2", log: new StandbyLog(postgres.logFile) }
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })
  let asked = 0
  const ask = async () => {
    // As a socket that is not open yet says it.
    if (++asked < 3) throw refused
    return asSuperuser(postgres, "select 1 as one")
  }
  assert.deepEqual(await onceUp(about, ask, t.signal), [{ one: 1 }])
  assert.equal(asked, 3)

  await postgres.killWholly()
  const startedMs = performance.now()
  await assert.rejects(
    onceUp(about, () => asSuperuser(postgres, "select 1"), t.signal),
    {
      code: "ECONNREFUSED",
    },
  )
  assert.ok(performance.now() - startedMs < 1000)
})

test("one that somebody else starts is waited for before its process is there; what else is wrong is said at once", async t => {
  const failure = (code: string) => Object.assign(new Error(code), { code })
  const says = [failure("ENOENT"), failure("ECONNREFUSED"), failure("57P03")]
  const ask = async () => {
    const error = says.shift()
    if (error !== undefined) throw error
    return "up"
  }
  assert.equal(await onceBorn(ask, t.signal), "up")
  says.push(failure("28P01"), failure("ENOENT"))
  await assert.rejects(onceBorn(ask, t.signal), { code: "28P01" })
  const over = AbortSignal.timeout(50)
  const never = () => Promise.reject(failure("ENOENT"))
  await assert.rejects(onceBorn(never, over), { name: "TimeoutError" })
})
