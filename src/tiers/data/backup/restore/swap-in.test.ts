import assert from "node:assert/strict"
import { execFileSync, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { type TestContext, test } from "node:test"
import { fileURLToPath } from "node:url"
import { apart, isVacant } from "../../postgres/server/mounted-folder.ts"
import { settleSwap, swapIn } from "./swap-in.ts"

const old = { PG_VERSION: "18 old", "base/1": "old", "pg_wal/1": "old", onlyOld: "old" }
const young = { PG_VERSION: "18 new", "base/1": "new", "pg_wal/1": "new", onlyNew: "new" }
type Files = Readonly<Record<string, string>>

const asRoot = { skip: process.getuid?.() === 0 ? false : "only root may mount" }
const program = fileURLToPath(new URL("../testing/dying-swap.ts", import.meta.url))

function write(folder: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

function filesIn(folder: string): Files {
  if (!existsSync(folder)) return {}
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
  return Object.fromEntries(names.toSorted().map(name => [name, readFileSync(join(folder, name), "utf8")]))
}

/** Without what is kept in it. */
function dataIn(folder: string): Files {
  return Object.fromEntries(Object.entries(filesIn(folder)).filter(([name]) => !name.startsWith(apart)))
}

/** The former data of a place, where a restore into it keeps them. */
function keptIn(room: string, id: string): Files[] {
  const names = existsSync(room) ? readdirSync(room) : []
  return names
    .filter(name => /^before-restore-\w+-(.+)$/.exec(name)?.[1] === id)
    .map(name => filesIn(join(room, name)))
}

const kinds = [
  { name: "folders", isMounted: false, needs: {} },
  { name: "mount points", isMounted: true, needs: asRoot },
] as const

/** Three data folders, the first two mount points or not, and what is restored for the first, where that is prepared. */
function places(t: TestContext, isMounted: boolean) {
  const root = mkdtempSync(join(tmpdir(), "banyan-swap-"))
  const folders = ["postgres-1", "postgres-2", "postgres-3"].map(id => join(root, id))
  const [target, replica, plain] = folders as [string, string, string]
  const volumes = isMounted ? [target, replica] : []
  for (const volume of volumes) {
    mkdirSync(volume)
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m,mode=700", "none", volume])
  }
  t.after(() => {
    if (isMounted) execFileSync("umount", volumes)
    rmSync(root, { recursive: true, force: true })
  })
  const room = isMounted ? join(target, apart) : root
  const prepared = {
    mount: isMounted ? target : undefined,
    folder: join(room, `restore-${process.pid}`),
  }
  const fill = () => {
    const within = volumes.flatMap(volume => readdirSync(volume).map(name => join(volume, name)))
    const beside = readdirSync(root).map(name => join(root, name))
    for (const path of [...within, ...beside.filter(path => !volumes.includes(path))])
      rmSync(path, { recursive: true })
    for (const folder of folders) write(folder, old)
    write(prepared.folder, young)
  }
  fill()
  return { root, target, replica, plain, prepared, room, present: folders, fill }
}

test("a mount point has other data, the former ones are kept in it; a replica's is vacant", asRoot, t => {
  const { target, replica, plain, prepared, present } = places(t, true)
  const aside = swapIn(prepared, "postgres-1", present)
  assert.deepEqual(dataIn(target), young)
  assert.deepEqual([isVacant(replica), existsSync(plain), aside.length], [true, false, 3])
  for (const folder of aside) assert.deepEqual(filesIn(folder), old)
  assert.deepEqual(readdirSync(join(target, apart)).length, 1)
})

test("an empty mount point gets data, and nothing is kept", asRoot, t => {
  const { target, prepared } = places(t, true)
  for (const name of readdirSync(target).filter(name => name !== apart))
    rmSync(join(target, name), { recursive: true })
  assert.deepEqual(swapIn(prepared, "postgres-1", [target]), [])
  assert.deepEqual(filesIn(target), young)
})

test("when it fails everything is as it was, and what was restored is gone", asRoot, t => {
  const { root, target, replica, prepared, present } = places(t, true)
  const asItWas = () => {
    for (const folder of present) assert.deepEqual(dataIn(folder), old)
    assert.deepEqual(readdirSync(root).toSorted(), ["postgres-1", "postgres-2", "postgres-3"])
    assert.deepEqual(
      [keptIn(join(target, apart), "postgres-1"), keptIn(join(replica, apart), "postgres-2")].flat(),
      [],
    )
    assert.equal(existsSync(prepared.folder), false)
  }
  // Another one is the primary by now.
  assert.throws(() => swapIn(prepared, "postgres-2", present), { code: "BN2422" })
  asItWas()
  // Everything stood aside already.
  assert.throws(() => swapIn(prepared, "postgres-1", present), { code: "ENOENT" })
  asItWas()
})

for (const { name, isMounted, needs } of kinds) {
  test(
    `${name}, killed before any change: the former data or the restored ones, never a mixture that starts, never none`,
    needs,
    t => {
      const { target, replica, plain, prepared, present, root, room, fill } = places(t, isMounted)
      let deaths = 0
      const outcomes = new Set<string>()
      for (;;) {
        fill()
        const words = JSON.stringify({ prepared, as: "postgres-1", present, dieBefore: deaths + 1 })
        const { signal, status, stderr } = spawnSync(process.execPath, [program, words], { encoding: "utf8" })
        if (signal !== "SIGKILL") {
          assert.equal(status, 0, stderr)
          break
        }
        deaths += 1
        const starts = existsSync(join(target, "PG_VERSION"))
        if (isMounted) assert.equal(isVacant(target), false, "an empty database could be made there")
        if (starts) assert.deepEqual(dataIn(target), isOld(target) ? old : young)
        settleSwap(target)
        assert.deepEqual(dataIn(target), isOld(target) ? old : young, `death ${deaths}`)
        if (!isOld(target)) assert.deepEqual(keptIn(room, "postgres-1"), [old])
        outcomes.add(`${starts ? "starts" : "does not start"} ${isOld(target) ? "former" : "restored"}`)
        // Copies of the primary's: whole where they are, or somewhere aside.
        const asides = readdirSync(root).filter(name => /-postgres-3$/.test(name))
        assert.equal(existsSync(plain) ? 1 : asides.length, 1)
        if (!isVacant(replica)) assert.deepEqual(dataIn(replica), old)
        assert.deepEqual(
          (existsSync(room) ? readdirSync(room) : []).filter(name => name.includes("former")),
          [],
        )
      }
      t.diagnostic(`${deaths} deaths: ${[...outcomes].join(", ")}`)
      assert.deepEqual(outcomes.size, 3)
    },
  )

  test(`${name}: a start is refused while a restore is at work, and changes nothing`, needs, async t => {
    const { target, prepared, fill } = places(t, isMounted)
    let refusals = 0
    for (let change = 1; ; change++) {
      fill()
      const words = JSON.stringify({ prepared, as: "postgres-1", present: [target], waitBefore: change })
      const restore = spawn(process.execPath, [program, words], { stdio: ["pipe", "pipe", "inherit"] })
      const ended = once(restore, "exit")
      const [said] = await once(restore.stdout, "data")
      if (String(said) === "waiting\n") {
        const before = filesIn(dirname(target))
        try {
          settleSwap(target)
          assert.ok(hasWholeData(target), `change ${change}: an empty database could be made there`)
        } catch (error) {
          if ((error as { code?: string }).code !== "BN2423") throw error
          refusals += 1
        }
        assert.deepEqual(filesIn(dirname(target)), before)
      }
      restore.stdin.end()
      assert.deepEqual(await ended, [0, null])
      assert.deepEqual(dataIn(target), young)
      if (String(said) !== "waiting\n") break
    }
    t.diagnostic(`${refusals} refusals`)
    assert.ok(refusals >= 2)
  })
}

function isOld(folder: string): boolean {
  return dataIn(folder)["PG_VERSION"] === old.PG_VERSION
}

function hasWholeData(folder: string): boolean {
  return existsSync(join(folder, "PG_VERSION"))
}
