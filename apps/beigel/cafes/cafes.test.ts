import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { metresOfChord, unitVector } from "../sphere.ts"
import { testBeigel } from "../test/test-beigel.ts"
import { assertRefused } from "../test/visitor.ts"

type Place = { id: string; lat: number; lon: number }

const nearNewYork = fc.record({
  lat: fc.double({ min: 40.4, max: 41, noNaN: true }),
  lon: fc.double({ min: -74.3, max: -73.6, noNaN: true }),
})
const anywhere = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
})

test("cafés", async t => {
  const beigel = await testBeigel(t)
  const visitor = beigel.visitor()
  const cafes = await beigel.db.selectFrom("cafes").selectAll().execute()

  await t.test("all of the file are there, in its words", () => {
    assert.equal(cafes.length, 3168)
    const ess = cafes.find(cafe => cafe.name === "Morris Park Bake Shop")
    assert.equal(ess?.address, "1007 Morris Park Avenue, Bronx, NY 10462, USA")
  })

  await t.test("the nearest come first, wherever on Earth one stands", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(nearNewYork, anywhere), async ({ lat, lon }) => {
        const [atLat, atLon] = [lat.toFixed(6), lon.toFixed(6)]
        const answer = await visitor.get(`/api/cafes?lat=${atLat}&lon=${atLon}&limit=30`)
        assert.equal(answer.status, 200)
        const from = { lat: Number(atLat), lon: Number(atLon) }
        const expected = cafes.map(cafe => distanceM(from, cafe)).sort((a, b) => a - b)
        const got: number[] = answer.body.items.map((cafe: { distanceM: number }) => cafe.distanceM)
        assert.equal(got.length, 30)
        // Distances are told to the decimetre; near the antipode the sphere's formula itself is a few metres rough.
        for (const [index, metres] of got.entries()) assert.ok(Math.abs(metres - expected[index]!) < 5)
      }),
      { numRuns: 40 },
    )
  })

  await t.test("pages join without a gap or a repetition, though many cafés share one address", async () => {
    const shared = await visitor.all("/api/cafes?lat=40.75&lon=-73.98&limit=97")
    assert.equal(new Set(shared.map((cafe: Place) => cafe.id)).size, 3168)
    assert.equal(shared.length, 3168)
    const metres = shared.map(cafe => cafe.distanceM)
    assert.deepEqual(
      metres,
      metres.toSorted((a, b) => a - b),
    )
  })

  await t.test("names are searched by words, short ones at the start", async () => {
    const bagels = await visitor.all("/api/cafes?q=bagel&limit=50")
    assert.equal(bagels.length, cafes.filter(cafe => cafe.name.toLowerCase().includes("bagel")).length)
    assert.ok(bagels.length >= 247)
    const both = await visitor.all("/api/cafes?q=%20PARK%20bagel%20&limit=50")
    assert.ok(both.length > 0 && both.every(cafe => /park/i.test(cafe.name) && /bagel/i.test(cafe.name)))
    const short = await visitor.all("/api/cafes?q=ba&limit=100")
    assert.ok(short.length > 0 && short.every(cafe => /^ba/i.test(cafe.name)))
  })

  await t.test("signs of patterns and of SQL are letters like others", async () => {
    for (const q of ["100%", "_____", "\\", "'; drop table cafes; --", "Robert'); --", "%%%"]) {
      const answer = await visitor.get(`/api/cafes?q=${encodeURIComponent(q)}&limit=100`)
      const words = q.toLowerCase().split(" ")
      const names: string[] = answer.body.items.map((cafe: { name: string }) => cafe.name.toLowerCase())
      assert.ok(
        names.every(name => words.every(word => name.includes(word))),
        `${q}: ${names}`,
      )
    }
  })

  await t.test("one café, by its id", async () => {
    const [first] = (await visitor.get("/api/cafes?q=Morris%20Park%20Bake%20Shop")).body.items
    assert.deepEqual((await visitor.get(`/api/cafes/${first.id}`)).body, first)
    assertRefused(await visitor.get("/api/cafes/nonsense"), 400, "invalid-input", "param.id")
    assertRefused(await visitor.get("/api/cafes/AY9MHnsafD2OT1prfI2eDw"), 404, "not-found")
  })

  await t.test("coordinates, limits and cursors that are none are refused, naming the field", async () => {
    const refused = async (query: string, field: string, code = "invalid-input") =>
      assertRefused(await visitor.get(`/api/cafes?${query}`), 400, code, field)
    await refused("lat=91&lon=0", "query.lat")
    await refused("lat=&lon=0", "query.lat")
    await refused("lat=NaN&lon=0", "query.lat")
    await refused("lat=1e1&lon=0", "query.lat")
    await refused("lat=0x10&lon=0", "query.lat")
    await refused("lat=1&lat=2&lon=0", "query.lat")
    await refused("lat=0&lon=180.01", "query.lon")
    await refused("lat=0&lon=-Infinity", "query.lon")
    await refused("lat=0", "query.lon")
    await refused("", "query.lat")
    await refused("q=bagel&lat=1&lon=1", "query")
    await refused("q=%00", "query.q")
    await refused("q=%20", "query.q")
    for (const limit of ["0", "101", "-1", "1.5", "ten", ""])
      await refused(`lat=0&lon=0&limit=${limit}`, "query.limit")
    await refused("lat=0&lon=0&cursor=!!", "query.cursor", "invalid-cursor")
  })

  await t.test("a cursor goes on in its own list only", async () => {
    const near = (await visitor.get("/api/cafes?lat=40&lon=-73")).body.nextCursor
    const named = (await visitor.get("/api/cafes?q=bagel")).body.nextCursor
    const refused = async (query: string) =>
      assertRefused(await visitor.get(`/api/cafes?${query}`), 400, "invalid-cursor", "query.cursor")
    await refused(`lat=40&lon=-73&cursor=${named}`)
    await refused(`lat=41&lon=-73&cursor=${near}`)
    await refused(`q=bagel&cursor=${near}`)
    await refused(`q=park&cursor=${named}`)
  })

  await t.test("no cursor, whatever it is, is more than refused", async () => {
    const garbage = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.json().map(json => Buffer.from(json).toString("base64url")),
      fc.tuple(fc.constantFrom("cafes-near", "cafes-named"), fc.jsonValue()).map(toCursor),
    )
    await fc.assert(
      fc.asyncProperty(garbage, async cursor => {
        const answer = await visitor.get(`/api/cafes?lat=40&lon=-73&cursor=${encodeURIComponent(cursor)}`)
        assertRefused(answer, 400, "invalid-cursor")
      }),
      { numRuns: 100 },
    )
  })
})

function distanceM(from: { lat: number; lon: number }, to: { lat: number; lon: number }): number {
  const [a, b] = [unitVector(from), unitVector(to)]
  return metresOfChord(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]))
}

function toCursor(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url")
}
