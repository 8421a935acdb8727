import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { fileURLToPath } from "node:url"
import { readHistory } from "./history-reader.ts"

const script = fileURLToPath(new URL("./testing/writing-child.ts", import.meta.url))

function pathFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "banyan-history-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, "history.ndjson")
}

test("its writer killed at any moment, everything that was sent has its intent in the history", async t => {
  for (let round = 0; round < 5; round++) {
    const path = pathFor(t)
    const child = spawn(process.execPath, [script, path], { stdio: ["ignore", "pipe", "inherit"] })
    t.after(() => child.kill("SIGKILL"))
    let sent = ""
    child.stdout.setEncoding("utf8").on("data", text => {
      sent += text
      if (sent.length > 1000 + 777 * round) child.kill("SIGKILL")
    })
    await once(child, "close")
    const ids = sent.split("\n").slice(0, -1)
    const known = new Set((await readHistory(path)).operations.map(({ id }) => id))
    assert.ok(ids.length > 100)
    assert.deepEqual(
      ids.filter(id => !known.has(id)),
      [],
    )
  }
})

test("a full disk fails the next intent with what to do; nothing more is sent, the file stays readable", async t => {
  const path = pathFor(t)
  // A limit on the size of files fails a write as a full disk does, without needing one.
  const limited = `trap '' XFSZ; ulimit -f 64; exec "$0" "$@"`
  const child = spawn("bash", ["-c", limited, process.execPath, script, path])
  t.after(() => child.kill("SIGKILL"))
  let sent = ""
  let errors = ""
  child.stdout.setEncoding("utf8").on("data", text => {
    sent += text
  })
  child.stderr.setEncoding("utf8").on("data", text => {
    errors += text
  })
  const [code] = await once(child, "close")
  assert.equal(code, 1)
  assert.match(errors, /BN3011/)
  const known = new Set((await readHistory(path)).operations.map(({ id }) => id))
  const ids = sent.split("\n").slice(0, -1)
  assert.ok(ids.length > 100)
  assert.deepEqual(
    ids.filter(id => !known.has(id)),
    [],
  )
})
