import assert from "node:assert/strict"
import { test } from "node:test"
import { holdSse } from "../../src/lab/load/hold-sse.ts"
import { holdWebSocket } from "../../src/lab/load/hold-web-socket.ts"
import { pidOf } from "./pids.ts"
import { kill, processesBelow } from "./processes.ts"
import { programOf, programProject } from "./program-project.ts"
import { until } from "./until.ts"

/** What a program is given, what passes through to it, and what becomes of it when it dies or never lives. */
const server = programOf("express-server.mjs")

test("a program: its variables, streams both ways, its own children, its death and its hang", async t => {
  const script = `"${server[0]}" "${server[1]}" & wait`
  const project = await programProject(t, {
    hungAfterMs: 3000,
    web: { command: ["sh", "-c", script], env: { GREETING: "hello there" }, drainTimeoutMs: 500 },
  })
  await project.succeed("up", "--detach")
  const text = async (path: string) => (await project.get(path)).text()
  const target = { host: "127.0.0.1", port: project.port }
  const servers = () => processesBelow(project.folder).filter(each => each.command.includes("express-server"))
  const programs = () => servers().filter(each => !each.command.startsWith("sh "))

  await t.test("it is told its own variables and nothing of Banyan's", async () => {
    assert.equal(await text("/setting?name=GREETING"), "hello there")
    assert.equal(await text("/setting?name=HOST"), "127.0.0.1")
    assert.match(await text("/setting?name=PORT"), /^2[0-9]{4}$/)
    assert.equal(await text("/setting?name=NODE_COMPILE_CACHE"), "")
    assert.equal(await text("/setting?name=DATABASE_URL"), "")
  })

  await t.test("event streams and WebSockets pass through", async () => {
    const stop = new AbortController()
    const heard: string[] = []
    const hear = (data: string) => {
      heard.push(data)
      if (heard.length === 3) stop.abort()
    }
    const answer = (data: string, send: (data: string) => void) => {
      hear(data)
      if (data === "welcome") send("you")
    }
    const streams = [
      holdSse({ target, path: "/events", onEvent: hear }, stop.signal),
      holdWebSocket({ target, path: "/", onMessage: answer }, stop.signal),
    ]
    for (const report of await Promise.all(streams)) assert.equal(report.end, "stopped", report.detail)
    assert.ok(
      heard.some(data => data.endsWith("heard you")),
      heard.join(),
    )
  })

  for (const [name, end] of Object.entries({
    "its leader is killed: the child goes with it": async () => {
      const leader = (await project.settled()).instances.find(each => each.id === "web-1")?.pid
      await kill(leader!)
    },
    "it hangs: killed and replaced": async () => {
      process.kill(programs()[0]!.pid, "SIGSTOP")
    },
  })) {
    await t.test(name, async () => {
      const before = await text("/")
      await end()
      await until("another one to answer", async () => {
        const answer = await project.get().catch(() => undefined)
        return answer?.status === 200 && (await answer.text()) !== before
      })
      await project.settled()
      assert.equal(programs().length, 1, JSON.stringify(servers()))
    })
  }

  await t.test("its supervisor and its agent are killed: it is the same one that serves on", async () => {
    const before = await text("/")
    for (const name of ["supervisor", "agent"]) {
      const [victim] = processesBelow(project.folder).filter(each => each.command.includes(`boot/${name}.ts`))
      await kill(victim!.pid)
    }
    await until("a new agent", () =>
      processesBelow(project.folder).some(each => each.command.includes("boot/agent.ts")),
    )
    await project.settled()
    assert.equal(await text("/"), before)
    await project.succeed("grow", "--yes")
    await project.succeed("shrink", "--yes")
  })
})

test("a program that wants a database is told where it is, and finds another primary in the same place", async t => {
  const project = await programProject(t, { web: { command: server }, data: { engine: "embedded" } })
  await project.succeed("up", "--detach")
  const database = async () => {
    const answer = await project.get("/database")
    return [answer.status, await answer.text()]
  }
  assert.deepEqual(await database(), [200, "app postgres-1 writes"])
  for (const _ of ["balanced", "replicated"]) await project.succeed("grow", "--yes")
  const pids = () =>
    processesBelow(project.folder).flatMap(({ pid, command }) =>
      command.includes("express-server") ? pid : [],
    )
  const before = pids()
  await project.succeed("switchover", "--yes", "postgres-2")
  assert.deepEqual(await database(), [200, "app postgres-2 writes"])
  const state = await project.settled()
  await kill(pidOf(state, "postgres-2"))
  await until("another primary", async () => /postgres-[13] writes/.test(String((await database())[1])))
  assert.deepEqual(pids(), before, "it is the same that runs on, told one address for life")
})

const broken: Record<string, { command: string | string[]; said: RegExp }> = {
  "does not exist": { command: "no-such-program --port $PORT", said: /no-such-program.*ENOENT/ },
  "exits at once": {
    command: ["sh", "-c", "echo reading settings; echo 'the key is missing' >&2; exit 3"],
    said: /web-1 did not start: it exited with code 3 \(its last words: .*the key is missing\)/,
  },
  "never listens": {
    command: ["sh", "-c", "echo 'waiting for a friend'; exec sleep 600"],
    said: /web-1 was not ready within 10000 ms; it was at: .*waiting for a friend/,
  },
}

test("a program that does not work: up fails, says why, and leaves nothing running", async t => {
  const project = await programProject(t, {})
  for (const [name, { command, said }] of Object.entries(broken)) {
    await t.test(name, async () => {
      project.configure({ app: undefined, web: { command, readyTimeoutMs: 10_000 } })
      const { code, stderr } = await project.banyan("up", "--detach")
      assert.equal(code, 1, stderr)
      assert.match(stderr, said)
      assert.deepEqual(processesBelow(project.folder), [])
    })
  }
})
