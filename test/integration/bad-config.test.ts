import assert from "node:assert/strict"
import { renameSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { after, before, beforeEach, test } from "node:test"
import { freePort } from "../../src/kit/node/free-port.ts"
import { processesBelow } from "./processes.ts"
import { type Ended, ScratchProject } from "./scratch-project.ts"

/** What keeps a service from starting, found before anything has started. */
let project: ScratchProject

before(async () => {
  project = await ScratchProject.create()
})
beforeEach(() => project.configure({}))
after(() => project.remove())

/** A command that failed with this code, said what to do, and left nothing running. */
function failedWith({ code, stdout, stderr }: Ended, name: string): string {
  assert.equal(code, 1, stderr)
  assert.equal(stdout, "")
  assert.match(stderr, new RegExp(`^${name} `, "m"))
  assert.match(stderr, /^ {2}-> \S.*$/m)
  assert.doesNotMatch(stderr, /^ +at /m, "a stack trace is no help")
  assert.deepEqual(processesBelow(project.folder), [])
  return stderr
}

async function holdPort(): Promise<{ port: number; close(): void }> {
  const server = createServer()
  const port = await freePort()
  await new Promise<void>(resolve => server.listen(port, "127.0.0.1", resolve))
  return { port, close: () => server.close() }
}

test("every wrong field is named at once, with what it should be and what it is; an unknown one with its like", async () => {
  project.configure({ port: 99_999, stage: "tripple", web: { drainTimeout: 5, keepAliveMs: "long" } })
  for (const words of [["up", "--detach"], ["up"], ["config", "show"]]) {
    const said = failedWith(await project.banyan(...words), "BN1003")
    assert.match(said, /port: should be a whole number from 1 to 65535, got 99999/)
    assert.match(said, /stage: should be "single" or "balanced" or "replicated", got "tripple"/)
    assert.match(said, /web\/keepAliveMs: should be a whole number .*, got "long"/)
    assert.match(said, /web\/drainTimeout: is no known field; did you mean `drainTimeoutMs`\?/)
  }
})

test("a configuration that cannot be loaded, or is none, or is not there", async () => {
  project.write("banyan.config.ts", "export default {{{\n")
  failedWith(await project.banyan("up", "--detach"), "BN1002")
  project.write("banyan.config.ts", 'throw new Error("no colour today")\n')
  assert.match(failedWith(await project.banyan("up", "--detach"), "BN1002"), /no colour today/)
  project.write("banyan.config.ts", "export const config = {}\n")
  failedWith(await project.banyan("up", "--detach"), "BN1003")
  rmSync(project.at("banyan.config.ts"))
  failedWith(await project.banyan("up", "--detach"), "BN1001")
})

test("a wrong flag or PORT: exit code 2, before anything starts", async () => {
  for (const words of [
    ["--port", "70000"],
    ["--port", "web"],
    ["--host", "a b"],
    ["--drain", "soon"],
  ]) {
    const { code, stderr } = await project.banyan("up", "--detach", ...words)
    assert.equal(code, 2, stderr)
    assert.match(stderr, new RegExp(`^BN\\d{4} ${words[0]}: .*\\n {2}-> `))
  }
  const { code, stderr } = await project.beginWith({ PORT: "eighty" }, "up", "--detach").ended
  assert.equal(code, 2, stderr)
  assert.match(stderr, /PORT: .*got eighty/)
  assert.deepEqual(processesBelow(project.folder), [])
})

test("a busy service port: who holds it is named, and nothing is left running", async () => {
  const held = await holdPort()
  try {
    const said = failedWith(await project.banyan("up", "--detach", "--port", String(held.port)), "BN1402")
    assert.match(said, new RegExp(`port ${held.port} .* in use by .*\\(pid ${process.pid}\\)`))
    const doctor = await project.beginWith({ PORT: String(held.port) }, "doctor").ended
    assert.equal(doctor.code, 1)
    assert.match(doctor.stdout, /fail +port .*EADDRINUSE/)
  } finally {
    held.close()
  }
})

test("a busy admin port: another one is taken and told; when it was asked for by name, an error", async () => {
  const held = await holdPort()
  try {
    failedWith(await project.banyan("up", "--detach", "--admin-port", String(held.port)), "BN1402")
    project.configure({ adminPort: held.port })
    const { code, stderr } = await project.banyan("up", "--detach")
    assert.equal(code, 0, stderr)
    const taken = /console +http:\/\/127\.0\.0\.1:(\d+)\//.exec(stderr)?.[1]
    assert.notEqual(taken, String(held.port))
    assert.match(stderr, new RegExp(`${held.port}.*(busy|in use)`))
    assert.equal((await project.state()).settled, true)
    await project.succeed("down", "--yes")
  } finally {
    held.close()
  }
})

test("a folder that cannot be written: which one and why", async () => {
  const home = project.at(".banyan")
  const saved = project.at("saved")
  renameSync(home, saved)
  try {
    writeFileSync(home, "not a folder")
    assert.match(failedWith(await project.banyan("up", "--detach"), "BN3105"), /\.banyan: cannot be written/)
  } finally {
    rmSync(home)
    renameSync(saved, home)
  }
})
