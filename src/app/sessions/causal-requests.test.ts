import assert from "node:assert/strict"
import { test } from "node:test"
import { systemClock } from "../../kit/node/system-clock.ts"
import { currentCausalSession } from "../../tiers/data/router/session/causal-session.ts"
import { CausalKeys } from "./causal-keys.ts"
import { withCausalRequests } from "./causal-requests.ts"

const place = (lsn: number) => ({ timeline: 1, lsn: BigInt(lsn) })

type Step = (request: Request) => Response | Promise<Response>

/** One process: whatever the request's path says is what its session sees. */
function instance(name: string, step: Step = seeing, options: { secure?: boolean; needed?: boolean } = {}) {
  const { secure = false, needed = true } = options
  const keys = new CausalKeys("secret")
  return withCausalRequests(
    { fetch: step },
    { instance: name, keys, secure, clock: systemClock, isNeeded: () => needed },
  )
}

function seeing({ url }: Request): Response {
  const lsn = Number(new URL(url).pathname.slice(1))
  const session = currentCausalSession()
  const needed = session?.needs("main")?.lsn
  if (lsn > 0) session?.saw("main", place(lsn))
  return new Response(String(needed))
}

/** A browser: one value for each name. */
class Jar {
  readonly cookies = new Map<string, string>()

  async ask(app: ReturnType<typeof instance>, path: string, headers: Record<string, string> = {}) {
    const cookie = [...this.cookies].map(pair => pair.join("=")).join("; ")
    const request = new Request(`http://localhost${path}`, {
      headers: { ...(cookie && { cookie }), ...headers },
    })
    return this.take(await app.fetch(request))
  }

  take(response: Response): Response {
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) as unknown as [string, string, string]
      this.cookies.set(name, value)
    }
    return response
  }
}

test("what one process saw, the next one knows; a cookie is set only when something is new", async () => {
  const jar = new Jar()
  const [one, two] = [instance("web-1"), instance("web-2")]
  assert.equal(await (await jar.ask(one, "/7")).text(), "undefined")
  const second = await jar.ask(two, "/0")
  assert.equal(await second.text(), "7")
  assert.deepEqual(second.headers.getSetCookie(), [])
  assert.deepEqual([...jar.cookies.keys()], ["banyan-seen-web-1"])
  await jar.ask(two, "/9")
  assert.equal(await (await jar.ask(one, "/0")).text(), "9")
})

test("answers that overtake each other take nothing back", async () => {
  const jar = new Jar()
  const gate = Promise.withResolvers<void>()
  const slow = instance("web-1", async request => {
    const answer = seeing(request)
    if (request.url.endsWith("/5")) await gate.promise
    return answer
  })
  await jar.ask(slow, "/1")
  // At another process, and at the same one.
  const late = jar.ask(slow, "/5")
  await jar.ask(slow, "/6")
  await jar.ask(instance("web-2"), "/8")
  gate.resolve()
  await late
  assert.equal(await (await jar.ask(instance("web-3"), "/0")).text(), "8")
  jar.cookies.delete("banyan-seen-web-2")
  assert.equal(await (await jar.ask(instance("web-3"), "/0")).text(), "6")
})

test("with one server nothing is read or set", async () => {
  const alone = instance("web-1", () => new Response(String(currentCausalSession())), { needed: false })
  const answer = await new Jar().ask(alone, "/7")
  assert.equal(await answer.text(), "undefined")
  assert.deepEqual(answer.headers.getSetCookie(), [])
})

test("whatever stands in the cookie or the header, the request is answered", async () => {
  const app = instance("web-1")
  const bad = ["", "x", "1.main~1~1.AAAAAAAAAAAAAAAAAAAAAA", "a".repeat(5000), "1..", '"', "%00", "=;="]
  for (const value of bad) {
    const byCookie = await new Jar().ask(app, "/0", { cookie: `banyan-seen-web-1=${value}` })
    const byHeader = await new Jar().ask(app, "/0", { "banyan-session": value })
    assert.deepEqual([await byCookie.text(), await byHeader.text()], ["undefined", "undefined"])
  }
  const many = Array.from({ length: 300 }, (_, n) => `banyan-seen-web-${n}=x`).join("; ")
  assert.equal((await new Jar().ask(app, "/0", { cookie: many })).status, 200)
})

test("a client without a cookie jar sends the header, several tokens if it asked several at once", async () => {
  const app = instance("web-1")
  const ask = (path: string, token: string) => new Jar().ask(app, path, { "banyan-session": token })
  const first = await ask("/4", "")
  const second = await ask("/6", "")
  assert.deepEqual(first.headers.getSetCookie(), [])
  const tokens = [first, second].map(({ headers }) => headers.get("banyan-session"))
  const third = await ask("/0", tokens.join(", "))
  assert.equal(await third.text(), "6")
  assert.equal(third.headers.get("banyan-session"), tokens[1])
})

test("redirects and answers given to everybody get a cookie of their own; shared ones none", async () => {
  const everybodys = new Response(null, { status: 204 })
  const answers: Record<string, () => Response> = {
    "/1": () => Response.redirect("http://localhost/"),
    "/2": () => everybodys,
    "/3": () => new Response("x", { headers: { "cache-control": "public, max-age=60" } }),
  }
  const app = instance(
    "web-1",
    request => {
      seeing(request)
      return answers[new URL(request.url).pathname]!()
    },
    { secure: true },
  )
  const cookiesOf = async (path: string) => (await new Jar().ask(app, path)).headers.getSetCookie()
  assert.match(
    (await cookiesOf("/1"))[0]!,
    /^__Host-banyan-seen-web-1=1\..*; Path=\/; HttpOnly; SameSite=Lax; Secure; /,
  )
  assert.equal((await cookiesOf("/2")).length, 1)
  assert.equal((await cookiesOf("/2")).length, 1)
  assert.deepEqual(everybodys.headers.getSetCookie(), [])
  assert.deepEqual(await cookiesOf("/3"), [])
})

test("a key signs for a day and is read until the end of the next, by clocks that differ too", () => {
  const day = 24 * 3_600_000
  const keysAt = (nowMs: number) => new CausalKeys("secret").at(nowMs)
  const [today] = keysAt(10 * day)
  assert.ok(keysAt(11 * day).includes(today) && keysAt(9 * day).includes(today))
  assert.ok(!keysAt(12 * day).includes(today))
  assert.notEqual(keysAt(11 * day)[0], today)
  assert.ok(!new CausalKeys("another").at(10 * day).includes(today))
})
