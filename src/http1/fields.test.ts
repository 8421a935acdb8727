import assert from "node:assert/strict"
import { test } from "node:test"
import {
  connectionTokens,
  endToEndFields,
  fieldValue,
  fieldValues,
  originForm,
  withoutFields,
} from "./index.ts"

const fields = ["Accept", "a", "ACCEPT", "b", "X", "c"]

test("fields are found whatever their case", () => {
  assert.equal(fieldValue(fields, "accept"), "a")
  assert.equal(fieldValue(fields, "none"), undefined)
  assert.deepEqual(fieldValues(fields, "accept"), ["a", "b"])
  assert.deepEqual(withoutFields(fields, ["accept"]), ["X", "c"])
  assert.deepEqual(withoutFields(fields, new Set(["x"])), ["Accept", "a", "ACCEPT", "b"])
})

test("what concerns one connection is not passed on, nor what Connection names", () => {
  const hop = ["Connection", "close, X-Mine", "Keep-Alive", "timeout=5", "TE", "trailers", "Upgrade", "h2c"]
  const framing = ["Transfer-Encoding", "chunked", "Proxy-Authorization", "x", "Trailer", "X"]
  assert.deepEqual(endToEndFields([...hop, ...framing, "x-mine", "1", "Host", "a"]), ["Host", "a"])
  assert.deepEqual(connectionTokens(["connection", "Close, X", "Connection", ", Y"]), ["close", "x", "y"])
})

test("a target is turned into its origin-form", () => {
  assert.equal(originForm("/a?b", "GET"), "/a?b")
  assert.equal(originForm("http://h:1/a?b", "GET"), "/a?b")
  assert.equal(originForm("HTTP://h", "GET"), "/")
  assert.equal(originForm("http://h?b", "GET"), "/?b")
  assert.equal(originForm("http://h", "OPTIONS"), "*")
  assert.equal(originForm("h:1", "CONNECT"), "h:1")
})
