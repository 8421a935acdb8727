import assert from "node:assert/strict"
import { test } from "node:test"
import { findBinaries, runnableBinaries } from "./binaries.ts"
import { checkSettings } from "./check-settings.ts"
import type { ServerSettings } from "./server-settings.ts"
import { temporaryPostgres } from "./temporary-postgres.ts"

test("settings are held against Postgres itself, and refused in its own words", async t => {
  // Its start lays the program's libraries out.
  const { folder } = await temporaryPostgres(t)
  const binaries = await runnableBinaries(findBinaries(), folder, false)
  const check = (more: ServerSettings["more"]) => checkSettings(binaries, { sharedBuffersMb: 32, more })
  await check({})
  await check({ work_mem: "16MB", jit: false, random_page_cost: 1.1, "pg_stat_statements.max": 500 })
  await check({ application_name: "it's \\ 'quoted'" })
  const refused: [ServerSettings["more"], RegExp][] = [
    [
      { work_mem: "much" },
      /^data\/settings: Postgres does not take this: invalid value for parameter "work_mem": "much"/,
    ],
    [{ work_men: "1MB" }, /unrecognized configuration parameter "work_men"$/],
    [{ max_files_per_process: 3 }, /3 is outside the valid range for parameter "max_files_per_process"/],
    [{ log_min_messages: "loud" }, /"loud"; Available values: debug5, /],
  ]
  for (const [more, message] of refused) await assert.rejects(check(more), { code: "BN2244", message })
})
