import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { type TestContext, test } from "node:test"
import { fileURLToPath } from "node:url"
import { formerOf } from "../../tiers/data/backup/restore/former-data.ts"
import { removeIfEmpty } from "../../tiers/data/backup/restore/restore-place.ts"
import { placesOf, sharedFolder } from "../../tiers/data/postgres/server/places.ts"
import { defaultSharedHome } from "../../tiers/data/postgres/server/postgres-server.ts"
import { paths } from "../project-paths.ts"
import { settleRestores } from "./database-folders.ts"
import { postgresServer } from "./postgres-server.ts"

const dyingSwap = fileURLToPath(new URL("../../tiers/data/backup/testing/dying-swap.ts", import.meta.url))
const asRoot = { skip: process.getuid?.() === 0 ? false : "only root's servers may run as nobody" }

function inEmptyProject(t: TestContext): void {
  const [home, folder] = [process.cwd(), mkdtempSync(join(tmpdir(), "banyan-folders-"))]
  process.chdir(folder)
  mkdirSync(paths.data, { recursive: true })
  t.after(() => {
    process.chdir(home)
    rmSync(folder, { recursive: true })
  })
}

/** Between the former data's leaving and the coming of the restored ones. */
function restoreThatDies(data: string): void {
  const prepared = { folder: resolve(data, "../restore-1") }
  for (const folder of [data, prepared.folder]) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, "PG_VERSION"), "18")
  }
  const words = { prepared, as: "postgres-1", present: [data], dieBefore: 2 }
  const { signal } = spawnSync(process.execPath, [dyingSwap, JSON.stringify(words)])
  assert.deepEqual([signal, existsSync(data)], ["SIGKILL", false])
}

const where = () => ({
  ...{ id: "postgres-1", dataRoot: paths.data, cacheFolder: paths.cache },
  sharedHome: defaultSharedHome,
})

function removeShared(t: TestContext): void {
  const shared = sharedFolder(where())
  t.after(() => {
    rmSync(shared, { recursive: true, force: true })
    removeIfEmpty(defaultSharedHome)
  })
}

test("data that a restore that died has left without a name are back", t => {
  inEmptyProject(t)
  const { data } = placesOf(where(), "direct")
  restoreThatDies(data)
  settleRestores("postgres-1")
  assert.ok(existsSync(join(data, "PG_VERSION")))
})

test("the same where the server runs as nobody, which nothing in the project tells", asRoot, t => {
  inEmptyProject(t)
  removeShared(t)
  const { data } = placesOf(where(), "nobody")
  restoreThatDies(data)
  settleRestores("postgres-1")
  assert.ok(existsSync(join(data, "PG_VERSION")))
})

test("a start that looked while a restore had the data aside makes no empty database in their place", async t => {
  inEmptyProject(t)
  removeShared(t)
  let isFilled = false
  const server = postgresServer("postgres-1", { sharedBuffersMb: 16 }, async ({ path }) => {
    mkdirSync(path)
    isFilled = true
  })
  const { dataFolder } = await server.place()
  mkdirSync(dataFolder, { recursive: true })
  writeFileSync(join(dataFolder, "PG_VERSION"), "18")
  const former = formerOf(dataFolder, "before-restore-1-postgres-1", dataFolder)
  former.standAside()
  await assert.rejects(server.prepare(), { code: "BN2423" })
  assert.deepEqual([isFilled, existsSync(dataFolder)], [true, false])
  former.comeBack()
  assert.deepEqual(readdirSync(dataFolder), ["PG_VERSION"])
})
