import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { rmSync } from "node:fs"
import { Agent, request } from "node:http"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { startEdge, temporaryFolder } from "../../src/tiers/edge/testing/edge-fixture.ts"

const webChild = fileURLToPath(new URL("./web-child.ts", import.meta.url))
const rounds = 4
const users = 12
/** Users pause so long at most, so that there are always connections that nobody uses just now. */
const mostPauseMs = 12

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
  const load = postWithoutEnd(t, port)
  for (let round = 0; round < rounds; round++) {
    for (const id of ids) {
      await sleep(100)
      webs.get(id)!.kill("SIGTERM")
      await once(webs.get(id)!, "exit")
      rmSync(pathOf(id), { force: true })
      webs.set(id, await startWeb(t, pathOf(id), id))
    }
  }
  const { sent, failed } = await load.end()
  assert.ok(edge.ready)
  assert.deepEqual(failed, [], `of ${sent}`)
  t.diagnostic(`${rounds * ids.length} left, ${sent} requests`)
})

async function startWeb(t: TestContext, path: string, id: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [webChild, path, id], { stdio: ["ignore", "pipe", "inherit"] })
  t.after(() => child.kill("SIGKILL"))
  await once(child.stdout!, "data")
  return child
}

/** Nobody may send these again: a POST says nothing of being harmless twice. */
function postWithoutEnd(t: TestContext, port: number) {
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const failed: string[] = []
  let sent = 0
  let isOver = false
  const post = () =>
    new Promise<void>(resolve => {
      sent++
      const asked = request({
        port,
        host: "127.0.0.1",
        method: "POST",
        agent,
        headers: { "content-length": 5 },
      })
      asked.on("response", answer => {
        if (answer.statusCode !== 200) failed.push(String(answer.statusCode))
        answer.resume().on("end", resolve)
      })
      asked.on("error", error => {
        failed.push(error.message)
        resolve()
      })
      asked.end("hello")
    })
  const all = Array.from({ length: users }, async () => {
    while (!isOver) {
      await post()
      await sleep(Math.random() * mostPauseMs)
    }
  })
  return {
    async end() {
      isOver = true
      await Promise.all(all)
      return { sent, failed }
    },
  }
}
