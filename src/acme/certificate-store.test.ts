import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { noOpenssl } from "../tiers/edge/testing/tls-fixture.ts"
import { CertificateStore, folderNameOf } from "./certificate-store.ts"
import { newKey } from "./new-key.ts"

function storeIn(t: TestContext): CertificateStore {
  const folder = mkdtempSync(join(tmpdir(), "store-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return new CertificateStore(join(folder, "authority"))
}

/** By the key, for these names. */
function chainFor(key: string, names: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "chain-"))
  const keyFile = join(folder, "key")
  writeFileSync(keyFile, key)
  const san = names.map(name => `DNS:${name}`).join(",")
  const words = ["req", "-x509", "-key", keyFile, "-days", "90", "-subj", "/CN=x"]
  const chain = execFileSync("openssl", [...words, "-addext", `subjectAltName=${san}`], { encoding: "utf8" })
  rmSync(folder, { recursive: true })
  return chain
}

test("account, order and certificate are kept for their user alone; the order goes when the certificate is there", {
  skip: noOpenssl,
}, t => {
  const store = storeIn(t)
  assert.deepEqual([store.begun, store.life()], [undefined, undefined])
  const account = store.accountKey(newKey)
  assert.equal(store.accountKey(newKey), account)
  const begun = { url: "https://acme.test/order/1", key: newKey() }
  store.keep(begun)
  assert.deepEqual(store.begun, begun)
  const names = ["a.test", "b.test"]
  store.save({ chain: chainFor(begun.key, names), key: begun.key }, names)
  const { notAfterMs, notBeforeMs, ...life } = store.life()!
  assert.deepEqual([life.names, Math.round((notAfterMs - notBeforeMs) / 86_400_000)], [names, 90])
  assert.deepEqual(readdirSync(store.folder).sort(), ["account.pem", "site.pem"])
  assert.equal(statSync(store.folder).mode & 0o777, 0o700)
  for (const file of readdirSync(store.folder))
    assert.equal(statSync(join(store.folder, file)).mode & 0o777, 0o600, file)
  assert.ok(readFileSync(store.file, "utf8").includes(begun.key))
})

test("what was not ordered never takes the place of what is served", { skip: noOpenssl }, t => {
  const store = storeIn(t)
  const key = newKey()
  const chain = chainFor(key, ["a.test"])
  store.save({ chain, key }, ["a.test"])
  const before = readFileSync(store.file, "utf8")
  const wrong = [
    [{ chain, key: newKey() }, ["a.test"], /it is for another key/],
    [{ chain, key }, ["a.test", "b.test"], /it does not name b\.test/],
    [{ chain: "sorry", key }, ["a.test"], /of no use/],
  ] as const
  for (const [issued, names, message] of wrong)
    assert.throws(() => store.save(issued, names), { code: "BN1612", message })
  assert.equal(readFileSync(store.file, "utf8"), before)
})

test("a folder that cannot be used, files that cannot be read", t => {
  const store = storeIn(t)
  store.keep({ url: "u", key: "k" })
  writeFileSync(join(store.folder, "order.json"), "{")
  writeFileSync(store.file, "nothing")
  assert.deepEqual([store.begun, store.life()], [undefined, undefined])
  chmodSync(store.folder, 0o700)
  const onFile = new CertificateStore(store.file)
  assert.throws(() => onFile.accountKey(newKey), { code: "BN1613" })
})

test("each directory has a folder of its own, whose name tells which", () => {
  const names = ["https://acme.test/dir", "https://acme.test/other", "https://[::1]:14000/dir"].map(
    folderNameOf,
  )
  assert.equal(new Set(names).size, 3)
  for (const name of names) assert.match(name, /^[a-z0-9._-]+-[0-9a-f]{8}$/)
  assert.ok(names[0]?.startsWith("acme.test-"))
})
