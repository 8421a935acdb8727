import assert from "node:assert/strict"
import { test } from "node:test"
import { CookieJar } from "./cookie-jar.ts"

test("a jar sends back the latest of each name, and none that is over", () => {
  const jar = new CookieJar()
  assert.equal(jar.header, "")
  jar.keep(["session=a; Path=/; HttpOnly", "banyan-seen-web-1=1.x=; Path=/; Max-Age=3600"])
  jar.keep(["banyan-seen-web-1=2.y; Path=/", "banyan-seen-web-2=1; path=/", "nonsense"])
  assert.equal(jar.header, "session=a; banyan-seen-web-1=2.y; banyan-seen-web-2=1")
  jar.keep(["session=; Path=/; max-age=0"])
  assert.equal(jar.header, "banyan-seen-web-1=2.y; banyan-seen-web-2=1")
})
