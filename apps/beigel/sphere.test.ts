import assert from "node:assert/strict"
import test from "node:test"
import fc from "fast-check"
import { metresOfChord, type Point, unitVector } from "./sphere.ts"

const point = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
})

function chordOf(a: Point, b: Point): number {
  const [p, q] = [unitVector(a), unitVector(b)]
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2])
}

function haversineM(a: Point, b: Point): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const [dLat, dLon] = [radians(b.lat - a.lat), radians(b.lon - a.lon)]
  const h =
    Math.sin(dLat / 2) ** 2 + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * Math.sin(dLon / 2) ** 2
  return 2 * 6_371_008.8 * Math.asin(Math.min(1, Math.sqrt(h)))
}

test("metres of a chord are those of the haversine, anywhere on Earth", () => {
  fc.assert(
    fc.property(point, point, (a, b) => {
      const expected = haversineM(a, b)
      // Near the antipode both formulas lose half of their digits: a metre or so of twenty thousand kilometres.
      const tolerance = expected > 20_000_000 ? 5 : 0.001
      assert.ok(Math.abs(metresOfChord(chordOf(a, b)) - expected) < tolerance)
    }),
  )
})

test("Times Square and Battery Park are 6.6 km apart, and the date line divides nothing", () => {
  const metres = metresOfChord(chordOf({ lat: 40.758, lon: -73.9855 }, { lat: 40.7033, lon: -74.017 }))
  assert.ok(metres > 6500 && metres < 6800, `${metres}`)
  assert.ok(metresOfChord(chordOf({ lat: 0, lon: 179.999 }, { lat: 0, lon: -179.999 })) < 250)
})
