import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { startEdge, temporaryFolder } from "../../src/tiers/edge/testing/edge-fixture.ts"
import { beginLoad, post } from "./steady-load.ts"

const webChild = fileURLToPath(new URL("./web-child.ts", import.meta.url))
const rounds = 4
/** Most of some dozen connections are then used again at any moment, and some of them just now by nobody. */
const rps = 1_000

test("a web instance that is told to leave, without a plan, meets no request with the end of its connection", async t => {
  const folder = temporaryFolder(t)
  const ids = ["web-1", "web-2", "web-3"]
  const pathOf = (id: string) => join(folder, `${id}.sock`)
  const webs = new Map<string, ChildProcess>()
  for (const id of ids) webs.set(id, await startWeb(t, pathOf(id), id))
  const { edge, port } = await startEdge(
    t,
    ids.map(id => ({ id, address: { path: pathOf(id) } })),
  )
  const load = beginLoad({ port }, [post], { rps })
  t.after(() => load.end())
  for (let round = 0; round < rounds; round++) {
    for (const id of ids) {
      await sleep(100)
      webs.get(id)!.kill("SIGTERM")
      await once(webs.get(id)!, "exit")
      rmSync(pathOf(id), { force: true })
      webs.set(id, await startWeb(t, pathOf(id), id))
    }
  }
  const { sent, failed, samples } = await load.end()
  assert.ok(edge.ready)
  assert.deepEqual([failed, samples], [0, []], `of ${sent}`)
  t.diagnostic(`${rounds * ids.length} left, ${sent} requests`)
})

async function startWeb(t: TestContext, path: string, id: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [webChild, path, id], { stdio: ["ignore", "pipe", "inherit"] })
  t.after(() => child.kill("SIGKILL"))
  await once(child.stdout!, "data")
  return child
}
