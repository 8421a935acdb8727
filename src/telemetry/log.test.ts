import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { openSync } from "node:fs"
import { test } from "node:test"

const program = `
  import { createLog, flushLog } from "${new URL("./log.ts", import.meta.url).href}"
  const log = createLog("test", { minBytes: Number(process.argv[1]) })
  for (let round = 0; round < 300; round++) {
    log.info({ round, padding: "é".repeat(8192) }, "a line")
    if (round % 100 === 0) await new Promise(resolve => setTimeout(resolve, 5))
  }
  log.fatal({ password: "opensesame" }, "the last words")
  if (process.argv[2] === "flush") await flushLog(log)
  process.exit(3)
`

function run(minBytes: string, end: string, stdout: number | "pipe") {
  return spawnSync(process.execPath, ["--input-type=module", "--eval", program, minBytes, end], {
    stdio: ["ignore", stdout, "pipe"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    timeout: 60_000,
  })
}

for (const minBytes of ["0", "4096"]) {
  for (const end of ["flush", "no flush"]) {
    test(`a full disk ends no process and keeps none from ending (buffer of ${minBytes} bytes, ${end})`, {
      skip: process.platform !== "linux" && "/dev/full, which answers every write with ENOSPC, is Linux's",
    }, () => {
      const { status, stderr } = run(minBytes, end, openSync("/dev/full", "w"))
      assert.equal(status, 3, stderr)
    })
  }

  test(`lines arrive whole and in order, the last words too (buffer of ${minBytes} bytes)`, () => {
    const { status, stdout } = run(minBytes, "flush", "pipe")
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map(line => JSON.parse(line))
    assert.equal(status, 3)
    assert.equal(lines.at(-1).msg, "the last words")
    assert.equal(lines.at(-1).password, "[Redacted]")
    const rounds = lines.slice(0, -1).map(line => line.round)
    assert.deepEqual(
      rounds,
      [...rounds].sort((a, b) => a - b),
    )
    assert.ok(rounds.length > 100, `${rounds.length} lines`)
  })
}
