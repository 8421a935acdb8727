import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { fieldsOf, furtherFields, headOf, jsonLine, plainWords, requestIdIn, wordsOf } from "./log-line.ts"

const at = Date.parse("2026-11-20T14:56:00.462Z")

test("time and level of our lines, of a database's, of other programs', and of those that tell none", () => {
  const time = "2026-11-20T14:56:00.462Z"
  assert.deepEqual(headOf(`{"level":30,"time":"${time}","id":"web-1"}`), { at, level: "info" })
  assert.deepEqual(headOf(`{"level":60,"time":${at},"msg":"of bunyan"}`), { at, level: "fatal" })
  assert.deepEqual(headOf(`{"msg":"m","level":"WARN"}`), { level: "warn" })
  assert.deepEqual(headOf("2026-11-20 14:56:00.462 UTC [77] PANIC:  no"), { at, level: "fatal" })
  assert.deepEqual(headOf("2026-11-20 14:56:00.462 UTC [77] LOG:  ok"), { at, level: "info" })
  assert.deepEqual(headOf("2026-11-20 14:56:00.462 UTC [77] DEBUG2:  ok"), { at, level: "debug" })
  const early = "2026-11-20 14:56:00.462 UTC [77] FATAL:  the database system is starting up"
  const ended = "2026-11-20 14:56:00.462 UTC [77] FATAL:  terminating connection due to administrator command"
  for (const line of [early, ended]) assert.deepEqual(headOf(line), { at, level: "info" }, line)
  assert.equal(headOf("2026-11-20 14:56:00.462 UTC [77] FATAL:  out of memory").level, "fatal")
  for (const line of ["", "{", "plain", '{"level":"loud","time":"soon"}', '{"msg":"a \\"level\\":50 word"}'])
    assert.deepEqual(headOf(line), {}, line)
})

test("what other databases say of one that was told to end is no error; what their own trouble is, is one", () => {
  const levelOf = (words: string) => headOf(`2026-11-20 14:56:00.462 UTC [77] FATAL:  ${words}`).level
  const closed = "server closed the connection unexpectedly"
  const unreachable = (reason: string) =>
    `streaming replication receiver "postgres-2" could not connect to the primary server: connection to server on socket "/proc/self/cwd/../postgres-1/.s.PGSQL.5432" failed: ${reason}`
  for (const words of [
    `could not send data to WAL stream: ${closed}`,
    `could not receive data from WAL stream: ${closed}`,
    "could not receive data from WAL stream: FATAL:  terminating connection due to administrator command",
    `could not send end-of-streaming message to primary: ${closed}`,
    unreachable(closed),
    unreachable("No such file or directory"),
    unreachable("FATAL:  the database system is shutting down"),
  ])
    assert.equal(levelOf(words), "warn", words)
  assert.equal(levelOf("connection to client lost"), "info")
  for (const words of [
    unreachable('FATAL:  password authentication failed for user "replicator"'),
    "could not receive data from WAL stream: ERROR:  requested WAL segment 000000010000000000000003 has already been removed",
    'could not open file "pg_wal/000000010000000000000003": No such file or directory',
    "terminating connection due to unexpected postmaster exit",
  ])
    assert.equal(levelOf(words), "fatal", words)
})

test("the words of a database's line are what stands behind its head", () => {
  const line = "2026-11-20 14:56:00.462 GMT [7] LOG:  ready"
  assert.deepEqual([headOf(line), plainWords(line)], [{ at, level: "info" }, "ready"])
  assert.equal(plainWords("plain words"), "plain words")
})

test("words, further fields and the request of a line", () => {
  const access = {
    method: "GET",
    target: "/a",
    status: 200,
    durationMs: 1.25,
    backend: "web-1",
    requestId: "ab-1",
  }
  const fields = fieldsOf(JSON.stringify({ level: 30, id: "edge-1", access, note: 1 }))!
  assert.equal(wordsOf(fields), "GET /a 200 1.3 ms web-1")
  assert.deepEqual(furtherFields(fields), { note: 1 })
  assert.equal(requestIdIn(fields), "ab-1")
  assert.equal(requestIdIn({ requestId: "ab-2" }), "ab-2")
  for (const requestId of [7, "", "a b", "<x>", "x".repeat(200)])
    assert.equal(requestIdIn({ requestId }), undefined)
  assert.equal(wordsOf({ access: null, msg: "m" }), "m")
  for (const line of ["null", "[1]", "1", "{"]) assert.equal(fieldsOf(line), undefined)
})

test("property: any line is told as a line of NDJSON", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), text => {
      const line = jsonLine("web-1", text)
      assert.doesNotMatch(line, /\n/)
      const told = JSON.parse(line)
      assert.ok(told.msg === text || fieldsOf(text) !== undefined)
      headOf(text)
    }),
  )
  const line = jsonLine("postgres-1", "2026-11-20 14:56:00.462 UTC [1] ERROR:  no")
  assert.deepEqual(JSON.parse(line).level, 50)
  assert.equal(jsonLine("web-1", '{"a":1}'), '{"a":1}')
})
