import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { test } from "node:test"
import { htmlReport } from "./html-report.ts"
import { hostile, sampleReport } from "./testing/sample-report.ts"

const page = htmlReport(sampleReport())
const elements = (name: string) =>
  [...page.matchAll(new RegExp(`<${name}([^>]*)>([\\s\\S]*?)</${name}>`, "g"))].map(
    ([, attributes, text]) => ({
      attributes: attributes!,
      text: text!,
    }),
  )
/** What is markup: neither scripts nor styles. */
const markup = page.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, "")

test("the whole report can be read out of the page again", () => {
  const data = elements("script").filter(({ attributes }) => attributes.includes('id="report"'))
  assert.equal(data.length, 1)
  assert.deepEqual(JSON.parse(data[0]!.text), sampleReport())
})

test("nothing a service said becomes markup, ends a script or opens a comment", () => {
  assert.ok(!page.includes(hostile))
  assert.doesNotMatch(markup, /<img|onerror='|<!--/)
  assert.equal(markup.match(/<\/script/g), null)
  assert.match(markup, /<h1>Drill &#60;\/script&#62;/)
})

test("every element that is opened is closed, in order", () => {
  const open: string[] = []
  for (const [, slash, name] of markup.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
    if (name === "meta") continue
    if (slash === "/") assert.equal(open.pop(), name)
    else open.push(name!)
  }
  assert.deepEqual(open, [])
})

test("the page asks for nothing outside itself, and its policy allows nothing but its own texts", () => {
  const named = markup.replace(/="[^"]*"/g, "=")
  assert.doesNotMatch(named, /<[^>]*\s(src|href|srcset|action|style|on[a-z]+)=/)
  for (const { text } of elements("style")) assert.doesNotMatch(text, /url\(|@import/)
  const [, policy = ""] = /Content-Security-Policy" content="([^"]*)"/.exec(page)!
  const allowed = policy.replaceAll("&#39;", "'")
  assert.match(allowed, /^default-src 'none'; /)
  const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`
  const running = elements("script").filter(({ attributes }) => attributes === "")
  assert.equal(running.length, 2)
  for (const { text } of [...running, ...elements("style")]) assert.ok(allowed.includes(hashOf(text)))
})

test("it says what was claimed, what was found, and what was not shown", () => {
  for (const words of [
    "What this drill does not show",
    "busy machine",
    "short form",
    "kill",
    "8.0 GiB",
    "12.5 %",
    "Not tried here",
  ])
    assert.ok(page.includes(words), words)
})
