import assert from "node:assert/strict"
import { test } from "node:test"
import { messageOf } from "../kit/errors.ts"
import { parseConfig } from "./config-problems.ts"

function problemOf(input: unknown): string {
  try {
    parseConfig(input)
  } catch (error) {
    return messageOf(error)
  }
  return assert.fail("nothing was thrown")
}

test("backups: a bucket is named whole, and with a file that holds its key; without a database there are none", () => {
  const refusal = (data: object) => problemOf({ data })
  assert.match(
    refusal({ backup: { target: "s3://b" } }),
    /data\/backup\/target: should be s3:\/\/bucket\/prefix, got/,
  )
  assert.match(
    refusal({ backup: { target: "s3://bucket/x" } }),
    /data\/backup\/credentialsFile: should name the file/,
  )
  parseConfig({ data: { backup: { target: "s3://bucket/x", credentialsFile: "key.json" } } })
  parseConfig({ data: { backup: { target: "/mnt/backups" } } })
  const program = { web: { command: "node x.js" }, data: { backup: { target: "/mnt" } } }
  assert.match(problemOf(program), /data\/backup\/target: should be left out/)
})
