import assert from "node:assert/strict"
import { test } from "node:test"
import type { RequestHead, ResponseHead } from "../../../http1/index.ts"
import { onTrack } from "./on-track.ts"
import { PlaceDealer, placeCount, placeOf, type Track, trackAt } from "./place.ts"
import { cookieOf, keptPlace, withPlace } from "./place-cookie.ts"

const percents = Array.from({ length: 101 }, (_, weight) => weight)
const everyPlace = Array.from({ length: placeCount }, (_, place) => place)
const isCanary = (place: number, start: number, weight: number) =>
  trackAt(place, { start, weight }) === "canary"

test("dealt places: every weight is exact over any hundred in a row, and near over any few", () => {
  const dealer = new PlaceDealer(37)
  const dealt = Array.from({ length: 2_000 }, () => dealer.deal())
  for (const weight of percents) {
    const taken = dealt.map(place => isCanary(place, 63, weight))
    assert.equal(taken.filter(Boolean).length, weight * 20)
    let count = 0
    for (const [at, one] of taken.entries()) {
      if (one) count++
      if (taken[at - 100]) count--
      if (at >= 99) assert.equal(count, weight, `${weight} % until ${at}`)
      else assert.ok(Math.abs(count - ((at + 1) * weight) / 100) < 3, `${weight} % after ${at + 1}: ${count}`)
    }
  }
})

test("a larger weight keeps everybody it had; of a hundred places it has so many, wherever its arc begins", () => {
  for (const start of everyPlace) {
    let before: readonly number[] = []
    for (const weight of percents) {
      const now = everyPlace.filter(place => isCanary(place, start, weight))
      assert.equal(now.length, weight)
      assert.ok(before.every(place => now.includes(place)))
      before = now
    }
  }
})

test("a user's place never changes, and users are spread over all of them", () => {
  // Pinned: a place that changes with an update of Banyan would send users to and fro.
  assert.deepEqual(["", "anna", "berta", "1.0.0", "é🥯"].map(placeOf), [23, 25, 13, 63, 25])
  const counts = everyPlace.map(() => 0)
  for (let user = 0; user < 100_000; user++) counts[placeOf(`user-${user}`)]!++
  assert.ok(Math.min(...counts) > 850 && Math.max(...counts) < 1150, String(counts))
})

test("no backend of its own track, or none that has not failed it: then one of the other", () => {
  const backend = (id: string, track: Track) => ({ id, track })
  const trackOf = (one: { track: Track }) => one.track
  const [c1, c2, b1] = [backend("c1", "canary"), backend("c2", "canary"), backend("b1", "baseline")]
  const choose = (rotation: (typeof c1)[], track: Track, tried: string[] = []) =>
    onTrack(rotation, track, trackOf, tried).map(one => one.id)
  assert.deepEqual(choose([c1, c2, b1], "canary"), ["c1", "c2"])
  assert.deepEqual(choose([c1, c2, b1], "baseline"), ["b1"])
  assert.deepEqual(choose([b1], "canary"), ["b1"])
  assert.deepEqual(choose([c1, c2, b1], "canary", ["c1"]), ["c1", "c2"])
  assert.deepEqual(choose([c1, c2, b1], "canary", ["c1", "c2"]), ["b1"])
  assert.deepEqual(choose([c1, b1], "canary", ["c1", "b1"]), ["c1"])
  assert.deepEqual(choose([c1], "baseline", ["c1"]), ["c1"])
  assert.deepEqual(choose([], "canary"), [])
})

test("cookies are found wherever they stand; a place that is none was never given", () => {
  const head = (...cookies: string[]) =>
    ({ fields: cookies.flatMap(value => ["Cookie", value]) }) as unknown as RequestHead
  assert.equal(cookieOf(head("a=1; session=x=y ; b=2"), "session"), "x=y")
  assert.equal(cookieOf(head("a=1", "session=z"), "session"), "z")
  assert.equal(cookieOf(head("sessions=1; asession=2"), "session"), undefined)
  assert.equal(cookieOf(head(), "session"), undefined)
  assert.equal(keptPlace(head("a=1; banyan-place=7")), 7)
  for (const value of ["", "100", "-1", "1.5", "x", "007", "1e1"])
    assert.equal(keptPlace(head(`banyan-place=${value}`)), undefined, value)
})

test("the place's cookie is on every answer but those that a cache may give to others", () => {
  const answer = (control?: string) => {
    const fields = control === undefined ? [] : ["Cache-Control", control]
    const lines = control === undefined ? "" : `Cache-Control: ${control}\r\n`
    return { fields, lines } as unknown as ResponseHead
  }
  const cookie = "banyan-place=7; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"
  for (const control of [undefined, "no-store", "private, max-age=60", "no-cache", "max-age=5, no-store"]) {
    const { fields, lines } = withPlace(answer(control), 7, "http")
    assert.deepEqual(fields.slice(-2), ["Set-Cookie", cookie])
    assert.ok(lines.endsWith(`Set-Cookie: ${cookie}\r\n`))
  }
  assert.equal(withPlace(answer(), 7, "https").fields[1], `${cookie}; Secure`)
  for (const control of ["public", "max-age=60", "s-maxage=60, no-cache", "PUBLIC, max-age=60"])
    assert.deepEqual(withPlace(answer(control), 7, "http"), answer(control))
})
