import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { readdirSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { test } from "node:test"
import { asSuperuser, eventually } from "../../testing/data-for-tests.ts"
import { temporaryFleet, testTimeoutMs } from "../../testing/temporary-fleet.ts"
import { hasLivePostgres } from "../server/pid-file.ts"
import { type AttachOptions, attach } from "./attach.ts"
import { removeReplicaData, replicaBirth } from "./replica.ts"

test("one that has a long log to replay before anybody may look is waited for, at its start and when it runs", async t => {
  const fleet = await temporaryFleet(t, { replicas: 1 })
  const { member, process: server, logFile } = fleet.at("postgres-2")
  const attached = () =>
    attach({
      member,
      process: server,
      primary: fleet.primary.member,
      logFile,
      rebuild: () => Promise.reject(new Error("it was to be built anew")),
      streamsWithinMs: testTimeoutMs,
      signal: AbortSignal.timeout(testTimeoutMs),
    })
  // More than its buffers hold: what they give to the disk it must come to again after a crash.
  await asSuperuser(fleet.primary, "create table much as select generate_series(1, 600000) as number")
  await asSuperuser(fleet.primary, "update much set number = number + 1")
  await attached()
  await fleet.at("postgres-2").killWholly()
  assert.deepEqual(await attached(), { how: "streamed" })

  await fleet.at("postgres-2").killWholly()
  const starting = server.start(AbortSignal.timeout(testTimeoutMs))
  await eventually("its first sign of life", () => hasLivePostgres(member.dataFolder))
  const refused = await asSuperuser(member, "select 1", "postgres").catch(error => error.code)
  t.diagnostic(`it says ${JSON.stringify(refused)} then`)
  const { pid } = fleet.at("postgres-2")
  assert.deepEqual(await attached(), { how: "streamed" })
  await starting
  assert.equal(fleet.at("postgres-2").pid, pid, "it was not started again")
})

const asRoot = { skip: process.getuid?.() === 0 ? false : "only root may mount" }

test(
  "a data folder that is a mount point: built anew in its place, as it was when that fails, emptied when it goes",
  asRoot,
  async t => {
    const fleet = await temporaryFleet(t, { replicas: 1 })
    const replica = fleet.at("postgres-2")
    const { member, dataFolder } = replica
    const upstream = fleet.primary.member
    const copy = (signal: AbortSignal) =>
      fleet.prepare(member.id, replicaBirth({ id: member.id, upstream, signal }))
    const attached = (options: Partial<AttachOptions>) =>
      attach({
        member,
        process: replica.process,
        primary: upstream,
        logFile: replica.logFile,
        rebuild: copy,
        streamsWithinMs: testTimeoutMs,
        signal: AbortSignal.timeout(testTimeoutMs),
        ...options,
      })
    await replica.killWholly()
    execFileSync("mount", ["--bind", dataFolder, dataFolder])
    try {
      const made = () => statSync(`${dataFolder}/banyan.json`).ino
      const former = made()
      const breaksOff = async () => {
        throw new Error("the copy broke off")
      }
      await assert.rejects(attached({ anew: true, rebuild: breaksOff }), /the copy broke off/)
      assert.deepEqual(await attached({}), { how: "streamed" })
      assert.equal(made(), former)

      assert.equal((await attached({ anew: true })).how, "rebuilt")
      assert.notEqual(made(), former)
      assert.deepEqual(
        readdirSync(dataFolder).filter(name => /^\.f/.test(name)),
        [],
      )

      await replica.killWholly()
      await removeReplicaData(member, AbortSignal.timeout(testTimeoutMs))
      assert.deepEqual(await attached({}), { how: "rebuilt", reason: "it had no data" })
      assert.equal(readdirSync(dirname(dataFolder)).includes("postgres-2.former"), false)
    } finally {
      await replica.killWholly()
      execFileSync("umount", [dataFolder])
    }
  },
)
