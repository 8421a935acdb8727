import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { readSection, sectionReader } from "./field-section.ts"

const startLine = "GET / HTTP/1.1\r\n"

test("a section that is the same as the last one, to the letter, is not read again; any other is", () => {
  const read = sectionReader()
  const section = (text: string, line = startLine) => read(`${line}${text}\r\n`, line.length)
  const first = section("Host: a\r\nAccept: b\r\n")
  assert.equal(section("Host: a\r\nAccept: b\r\n"), first)
  assert.equal(section("Host: a\r\nAccept: b\r\n", "GET /other HTTP/1.1\r\n"), first)
  assert.deepEqual(section("Host: a\r\nAccept: B\r\n").fields, ["Host", "a", "Accept", "B"])
  assert.deepEqual(section("Host: a\r\nAccept: b\r\n"), first)
  assert.deepEqual(section("").fields, [])
})

test("of a long head nothing is held, of a malformed one neither", () => {
  const read = sectionReader()
  const long = `Cookie: ${"x".repeat(4096)}\r\n\r\n`
  assert.notEqual(read(long, 0), read(long, 0))
  for (let count = 0; count < 2; count++) assert.throws(() => read("Host : a\r\n\r\n", 0))
  assert.deepEqual(read("Host: a\r\n\r\n", 0).known.host, ["a"])
})

test("property: whatever came before, a section is read as it is read alone", () => {
  const line = fc.constantFrom("Host: a", "host: b", "Content-Length: 1", "Connection: close", "X:  y ")
  const section = fc.array(line, { maxLength: 4 }).map(lines => lines.map(each => `${each}\r\n`).join(""))
  fc.assert(
    fc.property(fc.array(section, { maxLength: 8 }), sections => {
      const read = sectionReader()
      for (const lines of sections) {
        const text = `${startLine}${lines}\r\n`
        assert.deepEqual(read(text, startLine.length), readSection(text, startLine.length))
      }
    }),
  )
})
