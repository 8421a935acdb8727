import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { identifyProcess } from "../../kit/node/process-identity.ts"
import { fixture } from "./fixtures/test-project.ts"
import { takeLock } from "./lock-file.ts"

type Outcome = { won: boolean; holder?: { pid: number } }

function lockFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "lock-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function contend(t: TestContext, folder: string): Promise<{ child: ChildProcess; outcome: Outcome }> {
  const child = spawn(process.execPath, [fixture("contender"), folder, "lock"], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  t.after(() => child.kill("SIGKILL"))
  const [text] = await once(child.stdout!, "data")
  return { child, outcome: JSON.parse(String(text)) }
}

test("of twenty processes that race for a stale lock exactly one wins, and all others name it", async t => {
  const folder = lockFolder(t)
  const dead = spawn(process.execPath, ["-e", ""])
  await once(dead, "exit")
  writeFileSync(join(folder, "lock.7"), JSON.stringify({ pid: dead.pid, startedAt: "1" }))
  const all = await Promise.all(Array.from({ length: 20 }, () => contend(t, folder)))
  const winners = all.filter(({ outcome }) => outcome.won)
  assert.equal(winners.length, 1)
  for (const { outcome } of all) {
    if (!outcome.won) assert.equal(outcome.holder?.pid, winners[0]?.child.pid)
  }
})

test("a killed holder's lock is taken over, again and again; nothing piles up", async t => {
  const folder = lockFolder(t)
  for (let round = 0; round < 5; round++) {
    const { child, outcome } = await contend(t, folder)
    assert.equal(outcome.won, true)
    assert.equal((await contend(t, folder)).outcome.won, false)
    child.kill("SIGKILL")
    await once(child, "exit")
  }
  assert.equal(readdirSync(folder).length, 1)
})

test("a lock whose pid was reused by another process is stale", t => {
  const folder = lockFolder(t)
  writeFileSync(join(folder, "lock.1"), JSON.stringify({ pid: process.pid, startedAt: "of another life" }))
  assert.equal(takeLock(folder, "lock"), undefined)
  assert.deepEqual(takeLock(folder, "lock"), identifyProcess(process.pid))
})

test("a spoilt lock file is no lock", t => {
  const folder = lockFolder(t)
  writeFileSync(join(folder, "lock.3"), "no JSON")
  assert.equal(takeLock(folder, "lock"), undefined)
})
