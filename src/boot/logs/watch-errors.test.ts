import assert from "node:assert/strict"
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { pino } from "pino"
import { until } from "../../../test/integration/until.ts"
import { logOf, paths } from "../project-paths.ts"
import { RecentErrors } from "./recent-errors.ts"
import { watchErrors } from "./watch-errors.ts"

/** Logs lie relative to the project folder, which is the working directory. */
const folder = mkdtempSync(join(tmpdir(), "banyan-errors-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
process.chdir(folder)
mkdirSync(paths.logs, { recursive: true })

const line = (level: number, ageMs = 0) =>
  `${JSON.stringify({ level, time: new Date(Date.now() - ageMs).toISOString(), msg: "a line" })}\n`
const error = (ageMs = 0) => line(50, ageMs)

test("errors of the last minute that are there, and those that come: of programs, databases, over a log begun anew", async t => {
  writeFileSync(
    logOf("web-1"),
    `${error(120_000)}${error(10_000)}${line(30)}{"level":"error","msg":"of no time"}\n`,
  )
  writeFileSync(logOf("supervisor"), error())
  const stop = new AbortController()
  const errors = new RecentErrors()
  const watching = watchErrors(errors, pino({ level: "silent" }), stop.signal)
  t.after(() => stop.abort())
  const count = (log: string) => errors.count(log, Date.now())
  await until("what was there", () => count("web-1") === 1)

  appendFileSync(
    logOf("web-1"),
    `${line(60)}${line(40)}{"level":"error","msg":"now"}\nplain words, error or not\n`,
  )
  const time = new Date().toISOString().replace("T", " ").replace("Z", " UTC")
  writeFileSync(logOf("postgres-1"), `${time} [1] ERROR:  no\n${time} [1] LOG:  ok\n`)
  await until("what came", () => count("web-1") === 3 && count("postgres-1") === 1)

  appendFileSync(logOf("web-1"), error())
  copyFileSync(logOf("web-1"), `${logOf("web-1")}.1`)
  truncateSync(logOf("web-1"))
  appendFileSync(logOf("web-1"), error() + line(30).repeat(100))
  appendFileSync(logOf("postgres-1"), `${time} [1] FATAL:  last\n`)
  await until("what is in the copy, and behind it", () => count("web-1") === 5 && count("postgres-1") === 2)
  appendFileSync(logOf("postgres-1"), `${time} [1] PANIC:  more\n`)
  await until("one more look", () => count("postgres-1") === 3)
  assert.deepEqual([count("web-1"), count("supervisor")], [5, 0], "none twice")

  stop.abort()
  await watching
})
