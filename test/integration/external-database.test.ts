import assert from "node:assert/strict"
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { freePort } from "../../src/kit/node/free-port.ts"
import { DebianPostgres, isInstalled } from "./debian-postgres.ts"
import { environmentOf, processesBelow } from "./processes.ts"
import { ScratchProject } from "./scratch-project.ts"

const password = "s3cret-of-the-users-own"
const app = `export default {
  name: "notes",
  data: { tables: {}, migrations: "./migrations" },
  web: ({ db }) => ({
    fetch: async request => {
      if (request.method === "POST") await db.insertInto("notes").values({ text: await request.text() }).execute()
      const notes = await db.selectFrom("notes").select("text").orderBy("id").execute()
      return Response.json(notes.map(({ text }) => text))
    },
  }),
}
`
const migration = `export const up = db => db.schema.createTable("notes")
  .addColumn("id", "serial", column => column.primaryKey()).addColumn("text", "text").execute()
`
const skip = isInstalled ? false : "Debian's postgresql-15 is not installed"

let server: DebianPostgres
let project: ScratchProject
const urlTo = (port: number) => `postgres://app:${password}@127.0.0.1:${port}/app`

before(async () => {
  if (!isInstalled) return
  server = await DebianPostgres.start({ user: "app", password })
  project = await ScratchProject.create({ app, config: { stage: "balanced" } })
  const config = project
    .read("banyan.config.ts")
    .replace("{", '{ data: { engine: "external", maxConnections: 90, url: readFileSync("url", "utf8") },')
  project.write("banyan.config.ts", `import { readFileSync } from "node:fs"\n${config}`)
  project.write("url", urlTo(server.port))
  mkdirSync(project.at("migrations"))
  project.write("migrations/0001-notes.mjs", migration)
})
after(async () => {
  await project?.remove()
  await server?.end()
})

test("a database of one's own: migrated, written and read, and nothing of Postgres is started", {
  skip,
}, async () => {
  await project.succeed("up", "--detach")
  const post = (body: string) =>
    fetch(`http://127.0.0.1:${project.port}/`, { method: "POST", body, headers: { connection: "close" } })
  assert.deepEqual(await (await post("one")).json(), ["one"])
  assert.deepEqual(await (await project.get()).json(), ["one"])
  const ids = (await project.state()).instances.map(({ id }) => id).sort()
  assert.deepEqual(ids, ["edge-1", "web-1", "web-2"])
  const rows = await server.asBoss("select text from notes", "app")
  assert.deepEqual(rows, [{ text: "one" }])
  assert.match(await project.succeed("doctor"), /Postgres 15, the primary, 97 connections/)
})

test("its password stands in no argument, environment, log, file of ours, status or answer of a command", {
  skip,
}, async () => {
  for (const { pid, command } of processesBelow(project.folder).filter(({ pid }) => pid !== process.pid)) {
    assert.ok(!command.includes(password), command)
    assert.ok(!environmentOf(pid).includes(password), `the environment of ${pid}`)
  }
  for (const file of filesBelow(project.at(".banyan")))
    assert.ok(!readFileSync(file, "latin1").includes(password), file)
  for (const words of [
    ["config", "show"],
    ["config", "show", "--json"],
    ["status", "--json"],
    ["doctor"],
    ["explain", "data/url"],
  ]) {
    const { stdout, stderr } = await project.banyan(...words)
    assert.ok(!`${stdout}${stderr}`.includes(password), words.join(" "))
  }
  assert.match(await project.succeed("config", "show"), /postgres:\/\/app@127\.0\.0\.1/)
})

test("a URL that cannot be is refused before anything starts; a server that is away is told by doctor", {
  skip,
}, async t => {
  const wrong = await ScratchProject.create({ app })
  t.after(() => wrong.remove())
  const port = await freePort()
  const cases: [data: object, said: RegExp][] = [
    [{ engine: "external" }, /BN1003.*\n?.*data\/url: should be given/],
    [
      { url: urlTo(1) },
      /data\/url: should be left out without data\/engine "external", got "postgres:\/\/app@/,
    ],
    [
      { engine: "external", url: `mysql://app:${password}@host/x` },
      /data\/url: should be a URL that begins with postgres/,
    ],
    [{ engine: "external", url: `postgres://app:${password}@host/` }, /BN2280.*it names no database/],
    [{ engine: "external", url: `${urlTo(1)}?sslmode=never` }, /BN2280.*sslmode=never/],
  ]
  for (const [data, said] of cases) {
    wrong.configure({ data })
    const { code, stdout, stderr } = await wrong.banyan("up", "--detach")
    assert.notEqual(code, 0)
    assert.match(stdout + stderr, said)
    assert.ok(!(stdout + stderr).includes(password), JSON.stringify(data))
  }
  wrong.configure({ data: { engine: "external", url: urlTo(port) } })
  const { code, stdout } = await wrong.banyan("doctor")
  assert.notEqual(code, 0)
  assert.match(stdout, /postgres:\/\/app@127\.0\.0\.1:\d+\/app: .*ECONNREFUSED/)
})

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map(name => join(folder, name))
    .filter(path => statSync(path, { throwIfNoEntry: false })?.isFile())
}
