import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { sql } from "kysely"
import { dataForTests, eventually } from "../testing/data-for-tests.ts"
import { temporaryPostgres } from "./server/temporary-postgres.ts"

async function started(t: TestContext) {
  const postgres = await temporaryPostgres(t)
  const data = dataForTests(t, postgres)
  const notify = (channel: string, text: string) =>
    sql`select pg_notify(${channel}, ${text})`.execute(data.db())
  return { postgres, data, notify }
}

test("notices arrive in order at every subscriber of their channel, and nowhere else", async t => {
  const { data, notify } = await started(t)
  const heard: Record<string, string[]> = { a: [], b: [], other: [] }
  await data.listen("posts", text => heard["a"]?.push(text))
  const stop = await data.listen("posts", text => heard["b"]?.push(text))
  await data.listen('odd "name"; drop', text => heard["other"]?.push(text))
  for (const text of ["1", "2", "3"]) await notify("posts", text)
  await notify('odd "name"; drop', "x")
  await eventually("notices", () => heard["other"]?.length === 1)
  await stop()
  await notify("posts", "4")
  await eventually("the fourth", () => heard["a"]?.length === 4)
  assert.deepEqual(heard, { a: ["1", "2", "3", "4"], b: ["1", "2", "3"], other: ["x"] })
})

test("after kill -9 and a restart it listens again and tells of the gap; one subscriber's mistake is its own", async t => {
  const { postgres, data, notify } = await started(t)
  const heard: string[] = []
  let gaps = 0
  await data.listen("posts", () => {
    throw new Error("a subscriber's mistake")
  })
  await data.listen(
    "posts",
    text => heard.push(text),
    () => gaps++,
  )
  for (let round = 1; round <= 3; round++) {
    await postgres.kill()
    await postgres.start()
    await eventually("the gap", () => gaps === round)
    await notify("posts", `${round}`)
    await eventually("the notice", () => heard.length === round)
  }
  assert.deepEqual(heard, ["1", "2", "3"])
})

test("listening can begin while the primary is away", async t => {
  const { postgres, data, notify } = await started(t)
  await postgres.kill()
  const heard: string[] = []
  const listening = data.listen("posts", text => heard.push(text))
  await postgres.start()
  const stop = await listening
  await notify("posts", "hello")
  await eventually("the notice", () => heard.length === 1)
  await stop()
  await stop()
})

test("a name Postgres would cut is refused, and closing ends the wait of those who still wait", async t => {
  const { postgres, data } = await started(t)
  const refuses = (channel: string) =>
    assert.rejects(
      data.listen(channel, () => {}),
      { code: "BN2206" },
    )
  await refuses("é".repeat(32))
  await refuses("")
  await postgres.kill()
  const waiting = data.listen("posts", () => {})
  await Promise.all([assert.rejects(waiting, { code: "BN2204" }), data.close()])
  await assert.rejects(
    data.listen("posts", () => {}),
    { code: "BN2204" },
  )
})
