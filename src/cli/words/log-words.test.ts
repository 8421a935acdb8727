import assert from "node:assert/strict"
import { test } from "node:test"
import { headOf } from "../../wire/log-line.ts"
import { logWords } from "./log-words.ts"

const words = (id: string, line: string) => logWords({ id, line, ...headOf(line) })

test("lines for people: words and errors are shown, control characters of clients are not obeyed", () => {
  const line = JSON.stringify({
    level: 50,
    time: "2026-11-20T14:00:01.002Z",
    id: "web-1",
    msg: "a\u001b[2Jb",
    n: 1,
  })
  assert.equal(words("web-1", line), `14:00:01.002  web-1       error  a\\x1b[2Jb  {"n":1}`)
  assert.equal(words("postgres-1", "LOG:  \u0007ready"), "postgres-1  LOG:  \\x07ready")
  assert.equal(words("postgres-1", "a\u202eb"), "postgres-1  a\\u202eb")
  const failed = JSON.stringify({ level: 50, msg: "failed", err: { stack: "Error: x\n  at y" } })
  assert.match(words("web-1", failed), /failed\n {4}Error: x\n {6}at y$/)
  assert.equal(logWords({ id: "web-1", line: "xx", cutBytes: 7 }), "web-1       xx … 7 bytes more")
})
