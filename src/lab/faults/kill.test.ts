import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { connect } from "node:net"
import { test } from "node:test"
import { killFault } from "./kill.ts"
import { hasEnded } from "./process-tree.ts"

/** A server with threads of its own that never gives its processor away, so that a signal has to wait for it. */
const busyServer = `
const { Worker } = require("node:worker_threads")
for (let nth = 0; nth < 4; nth++) new Worker("for (;;) {}", { eval: true })
const server = require("node:net").createServer().listen(0, "127.0.0.1", () => console.log(server.address().port))
`

test("a kill has struck when the process is gone: nobody takes a connection any more", async t => {
  const child = spawn(process.execPath, ["-e", busyServer], { stdio: ["ignore", "pipe", "inherit"] })
  t.after(() => child.kill("SIGKILL"))
  const [said] = await once(child.stdout, "data")
  assert.equal(hasEnded(child.pid!), false)

  await killFault("server", child.pid!).strike()

  assert.equal(hasEnded(child.pid!), true)
  const [error] = await once(connect(Number(said), "127.0.0.1"), "error")
  assert.equal(error.code, "ECONNREFUSED")
})
