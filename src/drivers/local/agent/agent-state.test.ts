import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { bootIdentity, identifyProcess, isAlive } from "../../../kit/node/process-identity.ts"
import { AgentStateFile } from "./agent-state.ts"
import { ProcessTable } from "./process-table.ts"

const skip = bootIdentity() === undefined && "nothing tells one boot from another here"
const log = { info() {}, error() {} }

/** What an agent left of a program `web-1` and a supervisor, both dead by now, and of its epoch. */
function leftBehind(t: TestContext, boot: string | undefined, pid: number): AgentStateFile {
  const folder = mkdtempSync(join(tmpdir(), "banyan-state-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const record = { id: "web-1", group: "web", version: "1", argv: ["x"], program: { healthPath: "/" } }
  const state = {
    schema: 1,
    ...(boot === undefined ? {} : { boot }),
    epoch: { term: 3, counter: 4 },
    supervisor: { pid, startedAt: "1", tokenHash: "" },
    processes: [{ ...record, pid, startedAt: "1", startedAtMs: 0 }],
  }
  writeFileSync(join(folder, "agent-state.json"), JSON.stringify(state))
  return new AgentStateFile(folder, log)
}

/** A process group whose leader has ended: a daemon, a shell's background work. */
async function groupWithoutLeader(t: TestContext) {
  const shell = spawn("sh", ["-c", "sleep 600 >&- & echo $!"], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  })
  let said = ""
  shell.stdout.on("data", text => {
    said += text
  })
  await once(shell, "close")
  const member = identifyProcess(Number(said))!
  t.after(() => isAlive(member) && process.kill(member.pid, "SIGKILL"))
  return { leader: shell.pid!, member }
}

function adopt(state: AgentStateFile): ProcessTable {
  const publicFds = { listenFd: 0, listenTlsFd: undefined }
  const table = new ProcessTable({
    state,
    log,
    publicFds,
    onExit() {},
    onChange() {},
    databaseOf: () => ({}),
  })
  table.adopt()
  return table
}

test("of another boot nothing lives, and nobody who has a number of then is touched", { skip }, async t => {
  const { leader, member } = await groupWithoutLeader(t)
  const state = leftBehind(t, "another", leader)
  const [left] = adopt(state).list()
  assert.deepEqual([left?.id, left?.state], ["web-1", "exited"])
  assert.deepEqual([state.value.supervisor, state.value.epoch], [undefined, { term: 3, counter: 4 }])
  assert.equal(state.value.boot, bootIdentity())
  assert.ok(isAlive(member))
})

for (const [words, boot] of [
  ["this boot", bootIdentity()],
  ["an agent that did not say of which boot", undefined],
] as const)
  test(`what a program of ${words} left running ends with it`, { skip }, async t => {
    const { leader, member } = await groupWithoutLeader(t)
    assert.equal(adopt(leftBehind(t, boot, leader)).list()[0]?.state, "exited")
    while (isAlive(member)) await new Promise(resolve => setTimeout(resolve, 5))
  })
