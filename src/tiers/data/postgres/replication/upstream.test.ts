import assert from "node:assert/strict"
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import type { Member } from "./member.ts"
import { conninfo, removeUpstream, writeUpstream } from "./upstream.ts"

function member(id: string, folder: string): Member {
  const credentials = { user: "replicator", password: "a:b\\c", database: "replication" }
  const dataFolder = join(folder, id)
  const address = { path: join(dataFolder, ".s.PGSQL.5432") }
  return { id, address, dataFolder, as: {}, superuser: credentials, replicator: credentials }
}

test("a sibling's socket is reached by a path that is short and from the root; others as they are", () => {
  const [from, beside] = [member("postgres-2", "/data"), member("postgres-1", "/data")]
  const way = process.platform === "linux" ? "/proc/self/cwd/../postgres-1" : "/data/postgres-1"
  assert.match(conninfo(from, beside, "member"), new RegExp(`^host='${way}' port='5432' user='replicator' `))
  assert.match(conninfo(from, member("it's", "/else"), "member"), /^host='\/else\/it\\'s' port='5432' /)
  const remote = { ...beside, address: { host: "10.0.0.7", port: 6432 } }
  assert.match(conninfo(from, remote, "member"), /^host='10.0.0.7' port='6432' /)
})

test("a newcomer has another name than the quorum's", () => {
  const [from, to] = [member("postgres-2", "/data"), member("postgres-1", "/data")]
  assert.match(conninfo(from, to, "member"), / application_name='postgres-2' /)
  assert.match(conninfo(from, to, "newcomer"), / application_name='postgres-2 \(newcomer\)' /)
})

test("the password is in a file of its own, and goes when the upstream does", t => {
  const folder = mkdtempSync(join(tmpdir(), "banyan-upstream-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const standby = member("postgres-2", folder)
  writeUpstream(standby, member("postgres-1", folder))
  const passFile = join(standby.dataFolder, "upstream.passfile")
  assert.equal(readFileSync(passFile, "utf8"), "*:*:*:replicator:a\\:b\\\\c\n")
  assert.equal(statSync(passFile).mode & 0o777, 0o600)
  const conf = () => readFileSync(join(standby.dataFolder, "upstream.conf"), "utf8")
  assert.match(conf(), /^primary_slot_name = 'postgres_2'$/m)
  assert.doesNotMatch(conf(), /a:b/)
  removeUpstream(standby)
  assert.equal(existsSync(passFile), false)
  assert.match(conf(), /^primary_conninfo = ''$/m)
})
