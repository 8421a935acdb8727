import assert from "node:assert/strict"
import { test } from "node:test"
import { hidePassword } from "./hide-password.ts"

test("no password is left, however the URL is written, and the rest is", () => {
  const shown: Record<string, string> = {
    "postgres://user:secret@host:5432/db": "postgres://user@host:5432/db",
    "postgres://user:se@cr:et/x@host/db": "postgres://user@host/db",
    "postgres:user:secret@host": "postgres@host",
    "postgres://user@host/db?sslmode=require": "postgres://user@host/db?sslmode=require",
    "postgres://host:5432/db?user=a&password=secret&x=1": "postgres://host:5432/db?user=a&password=&x=1",
    "./node_modules/@scope/app.ts": "./node_modules/@scope/app.ts",
  }
  for (const [url, expected] of Object.entries(shown)) assert.equal(hidePassword(url), expected)
})
