import assert from "node:assert/strict"
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, globSync, readFileSync, statSync } from "node:fs"
import { after, before, test } from "node:test"
import { freePort } from "../../src/kit/node/free-port.ts"
import { ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"

/** The ejected files, judged by whom they are for, and the programs in them started as they say, without Banyan. */

/** Keeps a count in the database: what was there under Banyan must be there without it. */
const countingApp = `export default {
  name: "counting",
  web: async services => {
    const { db } = services
    await db.schema.createTable("hits").ifNotExists().addColumn("at", "timestamptz").execute()
    return {
      fetch: async request => {
        await db.insertInto("hits").values({ at: new Date() }).execute()
        const { count } = await db.selectFrom("hits").select(eb => eb.fn.countAll().as("count")).executeTakeFirst()
        const from = request.headers.get("x-forwarded-for")
        return Response.json({ pid: process.pid, count: Number(count), from })
      },
    }
  },
}
`

const missing = (program: string, ...args: string[]): false | string =>
  spawnSync(program, args).error === undefined ? false : `${program} is not installed`
const noHaproxy = missing("haproxy", "-v")
const noSystemd = missing("systemd-analyze", "--version")

let project: ScratchProject
let webPort: number
const children: ChildProcess[] = []

before(async () => {
  project = await ScratchProject.create({ app: countingApp, config: { name: "Counting" } })
  webPort = await freePort()
})
after(async () => {
  await end(children)
  await project.remove()
})

async function end(processes: readonly ChildProcess[]): Promise<void> {
  for (const child of processes) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill("SIGKILL")
    await once(child, "exit")
  }
}

type Answer = { readonly pid: number; readonly count: number; readonly from: string }
const ask = async (): Promise<Answer> => {
  const answer = await project.get()
  assert.equal(answer.status, 200)
  return (await answer.json()) as Answer
}

/** Starts a unit's ExecStart with its directory, environment and owner, as systemd would. */
function startUnit(file: string, instance: string): ChildProcess {
  const text = project.read(`ejected/${file}`).replaceAll("%i", instance)
  const all = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value]) => value!)
  const [program, ...args] = all("ExecStart")[0]!.split(" ")
  const assignments = [
    ...all("Environment").flatMap(line => line.split(" ")),
    ...all("EnvironmentFile").flatMap(path => readFileSync(path, "utf8").trim().split("\n")),
  ].map(line => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)])
  const [user, group] = [all("User")[0], all("Group")[0]]
  const child = spawn(program!, args, {
    cwd: all("WorkingDirectory")[0] ?? "/",
    env: { PATH: process.env["PATH"], ...Object.fromEntries(assignments) },
    ...(/^\d+$/.test(user ?? "") ? { uid: Number(user) } : {}),
    ...(group === undefined ? {} : { gid: Number(group) }),
    stdio: "ignore",
  })
  children.push(child)
  return child
}

test("plain files come out, once; secrets are for their owner; of several databases the primary goes on", async () => {
  await project.succeed("up", "--detach")
  await project.succeed("grow", "--yes")
  await project.succeed("grow", "--yes")
  await project.succeed("switchover", "postgres-2", "--yes")
  assert.equal((await ask()).count, 1)
  const { files } = JSON.parse(await project.succeed("eject", "--web-port", String(webPort), "--json"))
  assert.deepEqual(files, [
    "README.md",
    "haproxy.cfg",
    "counting.target",
    "counting-postgres.service",
    "counting-web@.service",
    "counting-haproxy.service",
    "web.env",
    ".gitignore",
  ])
  assert.match(
    project.read("ejected/counting-postgres.service"),
    /data\/postgres-2 -c synchronous_standby_names=$/m,
  )
  assert.equal(statSync(project.at("ejected/web.env")).mode & 0o777, 0o600)
  const again = await project.banyan("eject")
  assert.equal(again.code, 1)
  assert.match(again.stderr, /^BN3209 .*ejected: there is something already/)
  const clash = await project.banyan("eject", "other", "--web-port", String(project.port))
  assert.match(clash.stderr, /^BN3203 --web-port: .*front door stays free/)
  assert.match((await project.banyan("eject", "app.ts/below")).stderr, /^BN3210 /)
  await project.succeed("eject", "--web-port", String(webPort), "--force")
  assert.equal((await ask()).count, 2)
})

test("systemd has nothing to say about the units", { skip: noSystemd || noHaproxy }, () => {
  const units = globSync(project.at("ejected/*.{service,target}"))
  assert.equal(units.length, 4)
  // A template is judged by one of its instances.
  const named = units.map(path => path.replace("@.service", "@8101.service"))
  for (const path of named) {
    const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", path], {
      encoding: "utf8",
    })
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" }, path)
  }
})

test("a program found by init, which knows nothing of Banyan, is configured, ejected and started too", {
  skip: noHaproxy,
}, async t => {
  const other = await ScratchProject.create()
  const started: ChildProcess[] = []
  t.after(async () => {
    await end(started)
    await other.remove()
  })
  other.write(
    "server.js",
    'require("node:http").createServer((_, to) => to.end(process.env.GREETING)).listen(process.env.PORT, "127.0.0.1")\n',
  )
  const kept = await other.banyan("init", "--yes")
  assert.match(kept.stderr, /^BN3209 .*banyan\.config\.ts: there is something already/)
  const said = JSON.parse(await other.succeed("init", "--force", "--json"))
  assert.deepEqual(said, {
    command: "node server.js",
    from: "server.js",
    written: ["banyan.config.ts", ".gitignore"],
  })
  assert.equal(other.read(".gitignore"), ".banyan/\n")
  // No database is looked for that nobody asked for.
  assert.doesNotMatch(await other.succeed("doctor"), /Postgres/)
  const { web } = JSON.parse(await other.succeed("config", "show", "--json"))
  assert.equal(web.command, "node server.js")

  other.write("serve", '#!/usr/bin/env node\nrequire("./server.js")\n')
  chmodSync(other.at("serve"), 0o755)
  const env = { GREETING: 'he said "hi" $x', PORT: "1" }
  other.configure({ name: "plain", web: { command: "./serve --home $HOME", env }, app: undefined })
  const port = await freePort()
  await other.succeed("eject", "--web-port", String(port))
  execFileSync("haproxy", ["-c", "-q", "-f", other.at("ejected/haproxy.cfg")])
  // systemd knows neither the folder nor the PATH that Banyan starts it with.
  const unit = other.read("ejected/plain-web@.service")
  assert.match(unit, new RegExp(`^ExecStart=${other.at("serve")} --home ${process.env["HOME"]}$`, "m"))
  assert.equal(
    other.read("ejected/web.env"),
    `PATH=${process.env["PATH"]}\nGREETING="he said \\"hi\\" \\$x"\n`,
  )
  assert.equal(globSync(other.at("ejected/*postgres*")).length, 0)
  started.push(
    spawn(process.execPath, ["server.js"], {
      cwd: other.folder,
      env: { PORT: String(port), GREETING: "hi" },
    }),
    spawn("haproxy", ["-db", "-f", other.at("ejected/haproxy.cfg")], { stdio: "ignore" }),
  )
  const answer = await until("an answer", async () => {
    const got = await other.get().catch(() => undefined)
    return got?.status === 200 ? await got.text() : undefined
  })
  assert.equal(answer, "hi")
})

test("HAProxy and the programs in the units serve the same data, without Banyan", {
  skip: noHaproxy,
}, async () => {
  execFileSync("haproxy", ["-c", "-q", "-f", project.at("ejected/haproxy.cfg")])
  await project.succeed("down", "--yes", "--drain", "500ms")
  const postgres = startUnit("counting-postgres.service", "")
  const web = startUnit("counting-web@.service", String(webPort))
  const haproxy = startUnit("counting-haproxy.service", "")
  const first = await until("an answer through HAProxy", async () => {
    const answer = await project.get().catch(() => undefined)
    return answer?.status === 200 ? ((await answer.json()) as Answer) : undefined
  })
  assert.equal(first.pid, web.pid)
  assert.equal(first.count, 3)
  const claimed = await fetch(`http://127.0.0.1:${project.port}/`, {
    headers: { "x-forwarded-for": "203.0.113.9", connection: "close" },
  })
  assert.equal(((await claimed.json()) as Answer).from, "127.0.0.1")
  assert.equal((await project.get("/.banyan/health")).status, 404)

  const ends = [haproxy, web, postgres].map(child => once(child, "exit"))
  haproxy.kill("SIGUSR1")
  await ends[0]
  web.kill("SIGTERM")
  assert.deepEqual(await ends[1], [0, null])
  postgres.kill("SIGINT")
  assert.deepEqual(await ends[2], [0, null])
})
