import assert from "node:assert/strict"
import { Agent, get } from "node:http"
import { connect } from "node:net"
import { test } from "node:test"
import { epoch, eventually, map, testProject } from "./fixtures/test-project.ts"

const app = { id: "app-1", group: "app", version: "1" } as const
const edge = { id: "edge-1", group: "edge", version: "1" } as const

function ask(agent: Agent, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ agent, port, host: "127.0.0.1" }, response => {
      let text = ""
      response.setEncoding("utf8").on("data", part => {
        text += part
      })
      response.on("end", () => resolve(text)).on("error", reject)
    }).on("error", reject)
  })
}

test("the shared socket goes from one front door to the next under kept-alive connections; none fails", async t => {
  const project = testProject(t)
  const { status } = await project.start()
  const driver = project.driver()
  const { port } = status.public
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  t.after(() => agent.destroy())
  await driver.start(app, map, epoch)
  await eventually("front door", () => ask(agent, port))

  let asking = true
  const answers = new Map<string, number>()
  const clients = Array.from({ length: 16 }, async () => {
    while (asking) {
      const id = await ask(agent, port)
      answers.set(id, (answers.get(id) ?? 0) + 1)
    }
  })
  const reached = (id: string, more: number) => {
    const goal = (answers.get(id) ?? 0) + more
    return eventually(`answers of ${id}`, () => ((answers.get(id) ?? 0) >= goal ? true : undefined))
  }
  await reached("app-1", 100)
  await driver.start(edge, map, epoch)
  // The new door is there once it answers someone; then the old one leaves, when its last connection has.
  await eventually("both open", async () => {
    const fresh = new Agent()
    return (await ask(fresh, port)) === "edge-1" || undefined
  })
  await driver.stop("app-1", 30_000, epoch)
  await reached("edge-1", 100)
  asking = false
  await Promise.all(clients)
  const left = (await driver.list()).find(one => one.id === "app-1")
  assert.equal(left?.exit?.code, 0, "the old door left by itself")
})

test("a crashed front door's callers wait in the backlog for the next one", async t => {
  const project = testProject(t)
  const { status } = await project.start()
  const driver = project.driver()
  const { port } = status.public
  await driver.start(app, map, epoch)
  await eventually("front door", () => ask(new Agent(), port))
  const exited = new Promise<void>(resolve => {
    driver.subscribe(event => event.type === "exited" && resolve())
  })
  await driver.signal("app-1", "SIGKILL", epoch)
  await exited
  const waiting = Array.from({ length: 10 }, () => {
    const socket = connect(port, "127.0.0.1")
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    return new Promise<string>((resolve, reject) => {
      let text = ""
      socket.on("data", part => {
        text += part
      })
      socket.on("end", () => resolve(text)).on("error", reject)
    })
  })
  await driver.start(edge, map, epoch)
  for (const answer of await Promise.all(waiting)) assert.match(answer, /edge-1$/)
})
