import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { readFields } from "./fields.ts"
import {
  connectionTokens,
  endToEndFields,
  endToEndLines,
  fieldValue,
  fieldValues,
  originForm,
  withField,
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

test("a field that is added is passed on as line and as field alike", () => {
  const head = withField({ fields: ["Date", "now", "TE", "x"], lines: "Date:now\r\nTE: x\r\n" }, "A", "b")
  assert.deepEqual(endToEndFields(head.fields), ["Date", "now", "A", "b"])
  assert.equal(endToEndLines(() => false)(head), "Date: now\r\nA: b\r\n")
})

test("property: passed on as lines is passed on as fields, however the lines were written", () => {
  const name = fc.constantFrom("Accept", "X-Mine", "x-mine", "Mine", "Host", "Connection", "TE", "Upgrade")
  const blank = fc.constantFrom("", " ", "\t", "  ", " \t ")
  const value = fc.constantFrom("", "a", "a: b", "x-mine", "close, Mine", "caf\xe9")
  const line = fc
    .tuple(name, blank, value, blank)
    .map(([name, before, value, after]) => `${name}:${before}${value}${after}\r\n`)
  const passOn = endToEndLines(name => name === "host")
  fc.assert(
    fc.property(fc.array(line), received => {
      const lines = received.join("")
      const fields = readFields(`${lines}\r\n`, 0)
      const passedOn = passOn({ fields, lines })
      assert.deepEqual(readFields(`${passedOn}\r\n`, 0), withoutFields(endToEndFields(fields), ["host"]))
      assert.ok(
        passedOn.split("\r\n").every(line => line === "" || /^[^:]+: (?:\S(?:.*\S)?)?$/.test(line)),
        passedOn,
      )
    }),
    { numRuns: 500 },
  )
})

test("what was made of a section is kept for the head that brings it again, and for nothing else", () => {
  const bare = endToEndLines(() => false)
  const withoutHost = endToEndLines(name => name === "host")
  const made = { by: undefined, of: undefined, lines: "" }
  const head = { fields: ["Host", "a", "B", "c"], lines: "Host: a\r\nB: c\r\n", made }
  assert.equal(withoutHost(head), "B: c\r\n")
  assert.equal(withoutHost({ ...head, lines: "read no more" }), "B: c\r\n")
  assert.equal(bare(head), head.lines)
  assert.equal(withoutHost(withField(head, "D", "e")), "B: c\r\nD: e\r\n")
  assert.equal(withoutHost(head), "B: c\r\n")
})
