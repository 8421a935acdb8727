import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { eventually } from "../../testing/data-for-tests.ts"
import { temporaryFleet } from "../../testing/temporary-fleet.ts"
import { openConnection } from "../connection.ts"
import { serverProcesses } from "../server/pid-file.ts"
import { serverOf } from "../server/temporary-postgres.ts"
import { atServer } from "./member.ts"
import { forgetReplica, type ReplicaOptions, removeReplicaData, replicaBirth } from "./replica.ts"
import { followersOf } from "./streaming.ts"

const asRoot = { skip: process.getuid?.() === 0 ? false : "only root can" }

/** Whoever runs the tests ends what hangs. */
const { signal } = new AbortController()

test("a replica is built while the primary serves, streams, tells its lag, and goes with its slot", async t => {
  const fleet = await temporaryFleet(t, { replicas: 0 })
  const app = await openConnection(fleet.primary.address, fleet.primary.credentials, "test")
  await app.query("create table numbers as select generate_series(1, 20000) as n")
  const told: number[] = []
  const replica = await fleet.addReplica({
    onProgress: ({ bytes, totalBytes }) => told.push(bytes, totalBytes),
  })
  assert.ok(told.length >= 2 && told[1]! > 10_000_000, `progress ${told}`)

  await app.query("insert into numbers values (0)")
  const there = await openConnection(replica.address, replica.credentials, "test")
  await eventually("the new row", async () => {
    const { rows } = await there.query(
      "select count(*)::int as n, pg_is_in_recovery() as recovering from numbers",
    )
    return rows[0].n === 20_001 && rows[0].recovering
  })
  await there.end()
  const primary = fleet.primary.member
  const caughtUp = await eventually("no lag", () =>
    atServer(primary, signal, async client => {
      const [follower] = await followersOf(client)
      return follower?.replayLagBytes === 0 && follower
    }),
  )
  assert.deepEqual(caughtUp, {
    id: "postgres-2",
    state: "streaming",
    sync: "async",
    receiveLagBytes: 0,
    replayLagBytes: 0,
    replayLagMs: caughtUp.replayLagMs,
    replayed: caughtUp.replayed,
  })
  await checkFiles(replica.dataFolder)
  for (const { log } of fleet.servers.values())
    assert.equal(log.includes(replica.member.replicator.password), false)

  await assert.rejects(removeReplicaData(replica.member, signal), { code: "BN2260" })
  const [postmaster, ...children] = serverProcesses(replica.dataFolder)
  for (const child of children) process.kill(child, "SIGSTOP")
  process.kill(postmaster!, "SIGKILL")
  await eventually("its end", () => !serverProcesses(replica.dataFolder).includes(postmaster!))
  const removed = removeReplicaData(replica.member, signal)
  // They notice the end of the postmaster as soon as they go on.
  for (const child of children) process.kill(child, "SIGCONT")
  await removed
  await forgetReplica(replica.member, primary, signal)
  assert.equal(existsSync(replica.dataFolder), false)
  assert.deepEqual((await app.query("select from pg_replication_slots")).rows, [])
})

/** Nobody else may look, and the secret is in one file. */
async function checkFiles(folder: string): Promise<void> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const mode = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.mode
    if (mode !== undefined && !entry.isSocket()) assert.equal(mode & 0o77, 0, entry.name)
  }
  assert.doesNotMatch(readFileSync(join(folder, "upstream.conf"), "utf8"), /password/)
}

test("an aborted, a cut off and an impossible copy leave neither folder nor slot", async t => {
  const fleet = await temporaryFleet(t, { replicas: 0 })
  const { member } = fleet.primary
  const attempt = (options: Partial<ReplicaOptions>) =>
    attemptIn(fleet.folder, { upstream: member, ...options })
  const before = readdirSync(fleet.folder).sort()
  const nothingLeft = async () => {
    assert.deepEqual(readdirSync(fleet.folder).sort(), before)
    await atServer(member, signal, async client => {
      assert.deepEqual((await client.query("select from pg_replication_slots")).rows, [])
    })
  }

  const abort = new AbortController()
  const slow = attempt({
    maxRateKb: 1024,
    signal: abort.signal,
    onProgress: () => abort.abort(new Error("no more")),
  })
  await assert.rejects(slow, { message: "no more" })
  await nothingLeft()

  const wrong = { ...member, replicator: { ...member.replicator, password: "guess" } }
  await assert.rejects(attempt({ upstream: wrong }), { code: "BN2250", message: /broke off: password auth/ })
  await nothingLeft()

  const cut = attempt({
    maxRateKb: 1024,
    onProgress: () =>
      void atServer(member, signal, client =>
        client.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'banyan-base-backup'",
        ),
      ),
  })
  await assert.rejects(cut, { code: "BN2250" })
  await nothingLeft()
})

test("a full disk is told as such, and leaves neither folder nor slot", asRoot, async t => {
  const fleet = await temporaryFleet(t, { replicas: 0 })
  const { member } = fleet.primary
  const small = join(fleet.folder, "small")
  mkdirSync(small)
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", small]).status === 0
  if (!mounted) return t.skip("no right to mount a small disk")
  try {
    await assert.rejects(attemptIn(small, { upstream: member }), { code: "BN2236" })
    assert.deepEqual(readdirSync(small), ["fleet.secret"])
    await atServer(member, signal, async client => {
      assert.deepEqual((await client.query("select from pg_replication_slots")).rows, [])
    })
  } finally {
    spawnSync("umount", [small])
  }
})

async function attemptIn(
  folder: string,
  options: Pick<ReplicaOptions, "upstream"> & Partial<ReplicaOptions>,
) {
  const birth = replicaBirth({ id: "postgres-2", signal, ...options })
  await serverOf({ folder, id: "postgres-2", secretFile: "fleet.secret", birth }).prepare()
}
