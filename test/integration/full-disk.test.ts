import assert from "node:assert/strict"
import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"
import { watchService } from "./watch-service.ts"

/** A file system of its own for the project folder, small enough to be filled. Only root may mount one. */
const sizeMb = 256
const folder = mkdtempSync(join(tmpdir(), "banyan-disk-"))
const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${sizeMb}m,mode=700`, "none", folder])
const skip = status === 0 ? false : "mounting a small file system needs root"

let project: ScratchProject
before(async () => {
  if (skip) return
  project = await ScratchProject.create({ parent: folder })
  await project.succeed("up", "--detach")
})
after(async () => {
  if (!skip) {
    await project.remove()
    execFileSync("umount", [folder])
  }
  rmdirSync(folder)
})

const filler = join(folder, "filler")

function fill(): void {
  for (const bytes of [1024 * 1024, 4096]) {
    try {
      for (;;) writeFileSync(filler, Buffer.alloc(bytes), { flag: "a" })
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC")
    }
  }
}

test("a full disk stops no request; a change is refused or waits, and says why; with space again it goes on", {
  skip,
}, async () => {
  const before = await project.settled()
  const watch = watchService(project)
  fill()
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
  rmSync(filler)
  const later = await project.settled()
  assert.equal(later.trouble, undefined)
  if (later.stage === "single") await project.succeed("grow", "--yes")
  assert.equal((await project.settled()).stage, "balanced")
  assert.deepEqual(await watch.end(), [])
})

test("a start on a full disk: an error that says so", { skip }, async () => {
  await project.succeed("down", "--yes")
  rmSync(project.at(".banyan/run"), { recursive: true })
  fill()
  const { code, stderr } = await project.banyan("up", "--detach")
  assert.equal(code, 1, stderr)
  assert.match(stderr, /^BN\d{4} .*(ENOSPC|no space left)/im)
  assert.match(stderr, /^ {2}-> .*space/m)
  rmSync(filler)
  await project.succeed("up", "--detach")
  assert.equal((await project.get()).status, 200)
})
