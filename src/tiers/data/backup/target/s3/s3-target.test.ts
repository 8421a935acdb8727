import assert from "node:assert/strict"
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { s3Server } from "../../testing/s3-server.ts"
import { backupTargetConformance } from "../backup-target-conformance.ts"
import { openTarget } from "../open-target.ts"
import { s3Credentials } from "./s3-credentials.ts"
import { S3Target } from "./s3-target.ts"

const server = await s3Server({ after })
let nth = 0

backupTargetConformance("s3", async () => {
  const prefix = `beigel/${nth++}`
  const target = () => new S3Target({ ...server, prefix })
  return { target: target(), reopened: async () => target() }
})

test("more objects than one answer lists are all listed", async () => {
  const target = new S3Target({ ...server, prefix: "many" })
  const names = Array.from({ length: 1003 }, (_, nth) => `wal/${String(nth).padStart(4, "0")}`)
  await target.put(names[0]!, Buffer.from("x"))
  // The server's own files, copied: a thousand requests would take seconds.
  const folder = join(server.directory, server.bucket, "many", "wal")
  for (const file of readdirSync(folder))
    for (const name of names.slice(1))
      copyFileSync(join(folder, file), join(folder, file.replace("0000", name.slice(-4))))
  assert.deepEqual(
    (await target.list("wal/")).map(({ name }) => name),
    names,
  )
})

test("a wrong key, a missing bucket and nobody at the address are told, without the key", async () => {
  const wrongKey = { accessKeyId: "NOBODY", secretAccessKey: "not-the-secret" }
  const wrong = new S3Target({ ...server, prefix: "", credentials: wrongKey })
  await assert.rejects(wrong.put("a", Buffer.from("x")), error => {
    assert.doesNotMatch(String(error), /not-the-secret/)
    assert.equal((error as { code: string }).code, "BN2404")
    return true
  })
  await assert.rejects(new S3Target({ ...server, prefix: "", bucket: "nobodys" }).list(""), {
    code: "BN2404",
  })
  const gone = createServer().listen(0, "127.0.0.1")
  await new Promise(resolve => gone.once("listening", resolve))
  const { port } = gone.address() as { port: number }
  await new Promise(resolve => gone.close(resolve))
  const nobody = new S3Target({ ...server, prefix: "", endpoint: `http://127.0.0.1:${port}` })
  await assert.rejects(nobody.put("a", Buffer.from("x")), { code: "BN2401", message: /ECONNREFUSED/ })
})

test("the key comes from a file or the environment, and what is wrong with it is said without it", async t => {
  const folder = mkdtempSync(join(tmpdir(), "banyan-key-"))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, "key.json")
  assert.throws(() => s3Credentials(file, {}), { code: "BN2405", message: /ENOENT/ })
  writeFileSync(file, '{ "accessKeyId": "visible", "secretAccessKey": "canary"')
  assert.throws(
    () => s3Credentials(file, {}),
    (error: Error) => !error.message.includes("canary"),
  )
  const key = { accessKeyId: "a", secretAccessKey: "b" }
  writeFileSync(file, JSON.stringify(key))
  assert.deepEqual(s3Credentials(file, {}), key)
  assert.deepEqual(s3Credentials(undefined, { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" }), key)
  await assert.rejects(openTarget({ target: "s3://bucket/x", region: "auto" }, {}), { code: "BN2405" })
  await assert.rejects(openTarget({ target: "s3:/bucket", region: "auto" }, {}), { code: "BN2404" })
  assert.equal(
    (await openTarget({ target: "s3://bucket/x/", region: "auto", credentialsFile: file }, {})).name,
    "s3://bucket/x",
  )
})
