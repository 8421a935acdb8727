import assert from "node:assert/strict"
import { test } from "node:test"
import { parseDatabaseUrl, parsePort } from "./plain-environment.ts"

test("a database's address is a host or the folder of a socket", () => {
  assert.deepEqual(parseDatabaseUrl("postgres://app:p%40ss@db.internal/shop"), {
    user: "app",
    password: "p@ss",
    name: "shop",
    address: { host: "db.internal", port: 5432 },
  })
  const addressIn = (text: string) => parseDatabaseUrl(text).address
  assert.deepEqual(addressIn("postgres://app:x@[::1]:5433/shop"), { host: "::1", port: 5433 })
  assert.deepEqual(addressIn("postgres://app:x@/shop?host=127.0.0.1&port=5433"), {
    host: "127.0.0.1",
    port: 5433,
  })
  assert.deepEqual(addressIn("postgres://app:x@a/shop?host=b"), { host: "b", port: 5432 })
  const address = addressIn("postgresql://app:x@/shop?host=%2Fvar%2Frun%2Fpostgresql")
  assert.match("path" in address ? address.path : "", /var\/run\/postgresql\/\.s\.PGSQL\.5432$/)
})

test("what is no address or port is refused, and no password is repeated", () => {
  for (const wrong of [
    undefined,
    "",
    "shop",
    "mysql://a:secret@b/c",
    "postgres://a:secret@b",
    "postgres://a:secret@/c",
    "postgres:///c",
    "postgres://a:secret%zz@b/c",
    "postgres://a:secret@b/c?port=x",
    "postgres://a:secret@b/c?port=70000",
  ]) {
    assert.throws(
      () => parseDatabaseUrl(wrong),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, "BN3108")
        return !error.message.includes("secret")
      },
    )
  }
  assert.equal(parsePort("8101"), 8101)
  for (const wrong of [undefined, "", "0", "x", "70000"])
    assert.throws(() => parsePort(wrong), { code: "BN3108" })
})
