import assert from "node:assert/strict"
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { logOf, paths } from "../boot/project-paths.ts"
import { LogTail, listLogs } from "./log-tail.ts"
import { logWords } from "./words/log-words.ts"

/** Logs lie relative to the project folder, which is the working directory. */
const folder = mkdtempSync(join(tmpdir(), "banyan-logs-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
process.chdir(folder)
mkdirSync(paths.logs, { recursive: true })

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, nth) => `line ${from + nth}\n`).join("")

test("the last lines of a long file, then what comes, whole lines only", () => {
  writeFileSync(logOf("web-10"), numbered(0, 50_000))
  writeFileSync(logOf("web-2"), "")
  assert.deepEqual(listLogs(), ["web-2", "web-10"])
  const tail = new LogTail("web-10")
  assert.deepEqual(
    tail.last(3).map(({ line }) => line),
    ["line 49997", "line 49998", "line 49999"],
  )
  assert.deepEqual(tail.fresh(), [])
  appendFileSync(logOf("web-10"), "half")
  assert.deepEqual(tail.fresh(), [])
  appendFileSync(logOf("web-10"), " and half\nnext\n")
  assert.deepEqual(
    tail.fresh().map(({ line }) => line),
    ["half and half", "next"],
  )
})

test("a file that became shorter is read from its beginning; one that is not there is empty", () => {
  writeFileSync(logOf("edge-1"), numbered(0, 100))
  const tail = new LogTail("edge-1")
  assert.equal(tail.last(0).length, 0)
  writeFileSync(logOf("edge-1"), "anew\n")
  assert.deepEqual(tail.fresh(), [{ id: "edge-1", line: "anew" }])
  assert.deepEqual(new LogTail("nobody-1").last(5), [])
})

test("letters of several bytes survive a read that ends between them", () => {
  writeFileSync(logOf("web-3"), "")
  const tail = new LogTail("web-3")
  tail.last(1)
  const bytes = Buffer.from("café ☕\n")
  appendFileSync(logOf("web-3"), bytes.subarray(0, 4))
  assert.deepEqual(tail.fresh(), [])
  appendFileSync(logOf("web-3"), bytes.subarray(4))
  assert.deepEqual(tail.fresh(), [{ id: "web-3", line: "café ☕" }])
})

test("lines for people: words and errors are shown, control characters of clients are not obeyed", () => {
  const line = JSON.stringify({
    level: 50,
    time: "2026-11-20T14:00:01.002Z",
    id: "web-1",
    msg: "a\u001b[2Jb",
    n: 1,
  })
  assert.equal(logWords("web-1", line), `14:00:01.002  web-1       error  a\\x1b[2Jb  {"n":1}`)
  assert.equal(logWords("postgres-1", "LOG:  \u0007ready"), "postgres-1  LOG:  \\x07ready")
  const failed = JSON.stringify({ level: 50, msg: "failed", err: { stack: "Error: x\n  at y" } })
  assert.match(logWords("web-1", failed), /failed\n {4}Error: x\n {6}at y$/)
})
