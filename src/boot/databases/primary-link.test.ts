import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { connect, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { linkPrimary } from "./primary-link.ts"

test("one address leads to whoever is the primary, as soon as that is said", async t => {
  const [home, folder] = [process.cwd(), mkdtempSync(join(tmpdir(), "banyan-link-"))]
  process.chdir(folder)
  t.after(() => {
    process.chdir(home)
    rmSync(folder, { recursive: true })
  })
  const servers = ["one", "two"].map(name => {
    const path = join(folder, name, ".s.PGSQL.5432")
    const server = createServer(socket => socket.end(name))
    t.after(() => server.close())
    return { path, server }
  })
  for (const { path, server } of servers) {
    mkdirSync(join(path, ".."))
    await new Promise<void>(resolve => server.listen(path, resolve))
  }
  const heard = (path: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(path).on("error", reject)
      socket.on("data", bytes => resolve(String(bytes)))
    })
  const address = linkPrimary({ path: servers[0]!.path })
  assert.ok("path" in address)
  assert.equal(await heard(address.path), "one")
  assert.deepEqual(linkPrimary({ path: servers[1]!.path }), address)
  assert.equal(await heard(address.path), "two")
  assert.deepEqual(readdirSync(join(address.path, "..")), [".s.PGSQL.5432"])
  assert.deepEqual(linkPrimary({ host: "db", port: 5432 }), { host: "db", port: 5432 })
})
