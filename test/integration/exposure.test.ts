import assert from "node:assert/strict"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { environmentOf, listenersOf, processesBelow } from "./processes.ts"
import { beigelApp, ScratchProject } from "./scratch-project.ts"

/** What others on the machine and in the network can see of Beigel, open to the network, with two web instances. */
let project: ScratchProject

before(async () => {
  project = await ScratchProject.create({
    config: { app: beigelApp, stage: "balanced", web: { drainTimeoutMs: 1000 } },
  })
  await project.succeed("up", "--detach", "--host", "0.0.0.0", "--seed-posts", "100")
})
after(() => project.remove())

const ownProcesses = () => processesBelow(project.folder).filter(({ pid }) => pid !== process.pid)
const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${project.port}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: `http://127.0.0.1:${project.port}`, ...headers },
    body: JSON.stringify(body),
  })

test("only the front door listens beyond loopback, on the one public port", () => {
  const listeners = listenersOf(ownProcesses().map(({ pid }) => pid))
  const beyond = listeners.filter(({ host }) => host !== "127.0.0.1")
  assert.ok(beyond.length > 0)
  for (const listener of beyond) assert.deepEqual(listener, { host: "0.0.0.0", port: project.port })
  for (const { port } of listeners.filter(({ host }) => host === "127.0.0.1"))
    assert.equal(port, project.adminPort, "everything else is on Unix sockets")
})

test("what Banyan writes is for its user only", () => {
  assert.equal(statSync(project.at(".banyan")).mode & 0o777, 0o700)
  for (const folder of ["run", "data", "logs", "journal"])
    assert.equal(statSync(project.at(`.banyan/${folder}`)).mode & 0o077, 0, folder)
})

test("passwords and tokens stand in no argument, no environment and no log", async () => {
  const password = "correct horse battery staple"
  const signup = await post("/api/signup", { handle: "exposed", password })
  assert.equal(signup.status, 201)
  const cookie = signup.headers.getSetCookie()[0]!.split(";", 1)[0]!
  await post("/api/login", { handle: "exposed", password })
  await post("/api/login", { handle: "exposed", password: "a wrong guess at it" })
  await fetch(`http://127.0.0.1:${project.port}/api/feed?lat=40.7&lon=-73.9`, { headers: { cookie } })
  await post("/api/cafes/nonsense/posts", { text: "hello" }, { cookie, authorization: "Bearer sesame-open" })

  const database = JSON.parse(project.read(".banyan/data/postgres-1.secret"))
  const secrets: Readonly<Record<string, string>> = {
    "the app's database password": database.app.password,
    "the superuser's password": database.superuser.password,
    "the admin token": project.read(".banyan/admin-token").trim(),
    "the session's token": cookie.slice(cookie.indexOf("=") + 1),
    "the user's password": password,
    "a wrong password": "a wrong guess at it",
    "an authorization": "sesame-open",
  }
  for (const [name, secret] of Object.entries(secrets)) assert.ok(secret.length > 8, name)
  // Down first: what is still in a buffer is written by then.
  const processes = ownProcesses().map(({ pid, command }) => `${command}\n${environmentOf(pid)}`)
  assert.ok(processes.length >= 5)
  await project.succeed("down", "--yes")
  const logs = readdirSync(project.at(".banyan/logs")).map(name =>
    readFileSync(join(project.at(".banyan/logs"), name), "utf8"),
  )
  assert.ok(
    logs.some(text => text.includes("/api/signup")),
    "the access log was looked at",
  )
  const journal = project.read(".banyan/journal/journal.ndjson")
  for (const [name, secret] of Object.entries(secrets)) {
    assert.equal(processes.filter(text => text.includes(secret)).length, 0, `${name} in a process`)
    assert.equal([...logs, journal].filter(text => text.includes(secret)).length, 0, `${name} in a log`)
  }
})
