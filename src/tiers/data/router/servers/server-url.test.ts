import assert from "node:assert/strict"
import { test } from "node:test"
import { readServerUrl } from "./server-url.ts"

test("hosts, ports, sockets and passwords", () => {
  assert.deepEqual(readServerUrl("postgres://app:s%40crt@db.example/shop"), {
    name: "postgres://app@db.example/shop",
    address: { host: "db.example", port: 5432 },
    credentials: { user: "app", password: "s@crt", database: "shop" },
  })
  assert.deepEqual(readServerUrl("postgresql://app@[::1]:6000/shop").address, { host: "::1", port: 6000 })
  assert.deepEqual(readServerUrl("postgres://app@localhost:5433/shop?host=/run/pg").address, {
    path: "/run/pg/.s.PGSQL.5433",
  })
  assert.deepEqual(readServerUrl("postgres://app@db/shop?sslmode=require").credentials.ssl, {
    rejectUnauthorized: false,
  })
  assert.deepEqual(readServerUrl("postgres://app@db/shop?sslmode=verify-full").credentials.ssl, {
    rejectUnauthorized: true,
  })
})

test("what is wrong is said, and never the password", () => {
  const cases: Record<string, RegExp> = {
    "not a url": /it is no URL/,
    "mysql://app:hidden@db/shop": /does not begin with postgres/,
    "postgres://db/shop": /names no user/,
    "postgres://app:hidden@db": /names no database/,
    "postgres://app:hidden@db/shop?sslmode=prefer": /sslmode=prefer/,
    "postgres://app:hidden@db/shop?sslmode=require&sslrootcert=/nowhere": /sslrootcert cannot be read/,
    "postgres://app:hidden@db/shop?target_session_attrs=any": /target_session_attrs/,
  }
  for (const [url, expected] of Object.entries(cases)) {
    assert.throws(
      () => readServerUrl(url),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, "BN2280")
        assert.match(error.message, expected)
        assert.doesNotMatch(error.message, /hidden/)
        return true
      },
    )
  }
})
