import { test } from "node:test"
import { eventually } from "../../testing/data-for-tests.ts"
import { temporaryFleet } from "../../testing/temporary-fleet.ts"
import { openConnection } from "../connection.ts"
import { ServerWatch } from "./server-watch.ts"

test("a watch that is closed while it connects leaves no connection behind", async t => {
  const fleet = await temporaryFleet(t, { replicas: 0 })
  const { member } = fleet.primary
  const there = await openConnection(member.address, member.superuser, "test")
  const connections = async () => {
    const { rows } = await there.query<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where application_name = 'banyan-fleet'",
    )
    return rows[0]!.n
  }
  for (let nth = 0; nth < 10; nth++) {
    const watch = new ServerWatch(member, () => {})
    await eventually("it connects", async () => (await connections()) > 0)
    watch.close()
  }
  await eventually("nobody is left", async () => (await connections()) === 0)
})
