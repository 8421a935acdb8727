import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { columnsOf } from "./columns.ts"
import { type Box, layOut } from "./layout.ts"

const tiers = ["edge+web", "edge", "web", "cache", "data", "queue", "worker", "strange"] as const
const some = (tier: string, count: number) =>
  Array.from({ length: count }, (_, at) => ({ id: `${tier}-${at + 1}`, tier, role: tier }))

const services = fc
  .array(fc.record({ tier: fc.constantFrom(...tiers), count: fc.integer({ min: 1, max: 64 }) }), {
    maxLength: 8,
  })
  .map(parts =>
    [...new Map(parts.map(({ tier, count }) => [tier, count]))].flatMap(([tier, count]) => some(tier, count)),
  )

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
const isInside = (inner: Box, outer: Box) =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width + 0.001 &&
  inner.y + inner.height <= outer.y + outer.height + 0.001

test("columns follow the way of a request; only those that exist; the primary first; who is unknown comes last", () => {
  const instances = [
    { id: "postgres-1", tier: "data", role: "replica" },
    { id: "postgres-10", tier: "data", role: "replica" },
    { id: "postgres-2", tier: "data", role: "primary" },
    ...some("strange", 1),
    ...some("web", 1),
    ...some("edge", 1),
  ]
  const columns = columnsOf(instances)
  assert.deepEqual(
    columns.map(({ key }) => key),
    ["edge", "web", "data", "strange"],
  )
  assert.deepEqual(columns[2]?.members, ["postgres-2", "postgres-1", "postgres-10"])
})

test("whatever runs: nobody is missing, nothing overlaps, each card is in its column's band and all is in the frame", () => {
  const orientations = fc.constantFrom("across" as const, "down" as const)
  fc.assert(
    fc.property(
      services,
      orientations,
      fc.integer({ min: 280, max: 600 }),
      (instances, orientation, width) => {
        const columns = columnsOf(instances)
        const { clients, bands, cards, trunks, ...size } = layOut(columns, orientation, width)
        assert.equal(cards.length, instances.length)
        const solid = [clients, ...bands, ...trunks]
        for (const [at, box] of solid.entries()) {
          assert.ok(isInside(box, { x: 0, y: 0, ...size }), JSON.stringify(box))
          for (const other of solid.slice(at + 1))
            assert.ok(!overlap(box, other), JSON.stringify([box, other]))
        }
        for (const [at, card] of cards.entries()) {
          assert.ok(isInside(card, bands.find(({ key }) => key === card.column)!), card.id)
          for (const other of cards.slice(at + 1)) assert.ok(!overlap(card, other), `${card.id} ${other.id}`)
        }
        assert.deepEqual(
          trunks.map(({ to }) => to),
          columns.map(({ key }) => key),
        )
      },
    ),
  )
})

test("sixty instances still fit a screen's shape", () => {
  const { width, height } = layOut(
    columnsOf([...some("edge", 8), ...some("web", 48), ...some("data", 4)]),
    "across",
  )
  assert.ok(width < 1_400 && height < 740, `${width} x ${height}`)
})

test("growth moves nobody out of its order: who was there stays before who came", () => {
  const before = layOut(columnsOf(some("web", 3)), "across").cards.map(({ id }) => id)
  const after = layOut(columnsOf(some("web", 4)), "across").cards.map(({ id }) => id)
  assert.deepEqual(after.slice(0, 3), before)
})
