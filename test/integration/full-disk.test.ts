import assert from "node:assert/strict"
import { rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { after, before, test } from "node:test"
import { fullDiskFault, SmallDisk } from "../../src/lab/faults/full-disk.ts"
import { ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"
import { watchService } from "./watch-service.ts"

/** A file system of its own for the project folder, small enough to be filled. */
const disk = SmallDisk.mount({ parent: tmpdir(), sizeMb: 256 })
const skip = disk instanceof SmallDisk ? false : `${disk.why}; ${disk.remedy}`

let project: ScratchProject
before(async () => {
  if (!(disk instanceof SmallDisk)) return
  project = await ScratchProject.create({ parent: disk.folder })
  await project.succeed("up", "--detach")
})
after(async () => {
  if (!(disk instanceof SmallDisk)) return
  await project.remove()
  disk.unmount()
})

const full = () => fullDiskFault(disk as SmallDisk, "project")

test("a full disk stops no request; a change is refused or waits, and says why; with space again it goes on", {
  skip,
}, async t => {
  const before = await project.settled()
  const watch = watchService(project)
  const filled = full()
  t.after(() => filled.heal())
  await filled.strike()
  const { code, stderr } = await project.banyan("grow", "--yes", "--timeout", "3s")
  assert.match(stderr, code === 1 ? /^BN1320 .*ENOSPC/m : /^BN3204 /m)
  if (code !== 1) {
    const stuck = await until("the trouble to be told", async () => (await project.state()).trouble)
    assert.equal(stuck.code, "BN1320")
    const down = await project.banyan("down", "--yes")
    assert.equal(down.code, 1)
    assert.match(down.stderr, /^BN1320 .*ENOSPC.*\n {2}-> Free some space/m)
  }
  const app = (await project.state()).instances.find(({ id }) => id === "app-1")
  assert.equal(app?.pid, before.instances.find(({ id }) => id === "app-1")?.pid)
  await filled.heal()
  const later = await project.settled()
  assert.equal(later.trouble, undefined)
  if (later.stage === "single") await project.succeed("grow", "--yes")
  assert.equal((await project.settled()).stage, "balanced")
  assert.deepEqual(await watch.end(), [])
})

test("a start on a full disk: an error that says so", { skip }, async t => {
  await project.succeed("down", "--yes")
  rmSync(project.at(".banyan/run"), { recursive: true })
  const filled = full()
  t.after(() => filled.heal())
  await filled.strike()
  const { code, stderr } = await project.banyan("up", "--detach")
  assert.equal(code, 1, stderr)
  assert.match(stderr, /^BN\d{4} .*(ENOSPC|no space left)/im)
  assert.match(stderr, /^ {2}-> .*space/m)
  await filled.heal()
  await project.succeed("up", "--detach")
  assert.equal((await project.get()).status, 200)
})
