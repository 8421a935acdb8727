import assert from "node:assert/strict"
import test from "node:test"
import { testBeigel } from "../test/test-beigel.ts"
import { assertRefused } from "../test/visitor.ts"
import { cellDegrees, MAX_CELLS_ACROSS } from "./clusters-queries.ts"

type Cluster = { lat: number; lon: number; count: number; cafe: { id: string } | null }

const CITY = { north: 41, south: 40.4, east: -73.6, west: -74.3 }
const path = (box: Record<string, number | string>) =>
  `/api/cafes/clusters?${new URLSearchParams(box as Record<string, string>)}`

test("the map's clusters", async t => {
  const { db, visitor } = await testBeigel(t)
  const nobody = visitor()
  const clustersOf = async (box: typeof CITY): Promise<Cluster[]> => (await nobody.get(path(box))).body.items

  await t.test("every café is in one cluster; the middle lies in the box", async () => {
    const clusters = await clustersOf(CITY)
    const { count } = await db
      .selectFrom("cafes")
      .select(({ fn }) => fn.countAll().as("count"))
      .where("lat", "<=", CITY.north)
      .where("lon", "<=", CITY.east)
      .executeTakeFirstOrThrow()
    assert.equal(
      clusters.reduce((sum, cluster) => sum + cluster.count, 0),
      Number(count),
    )
    assert.ok(clusters.length <= (MAX_CELLS_ACROSS + 1) ** 2)
    for (const { lat, lon } of clusters) {
      assert.ok(lat >= CITY.south && lat <= CITY.north && lon >= CITY.west && lon <= CITY.east)
    }
  })

  await t.test("one café alone is told as it is", async () => {
    const [near] = (await nobody.get("/api/cafes?lat=40.7265&lon=-73.9815&limit=1")).body.items
    const around = 0.0001
    const box = {
      ...{ north: near.lat + around, south: near.lat - around },
      ...{ east: near.lon + around, west: near.lon - around },
    }
    const { distanceM: _, ...cafe } = near
    assert.deepEqual(await clustersOf(box), [{ lat: near.lat, lon: near.lon, count: 1, cafe }])
  })

  await t.test("cells stay where they are when the map is moved", () => {
    assert.equal(cellDegrees(CITY), cellDegrees({ ...CITY, north: 41.01, south: 40.41 }))
    assert.ok(Number.isInteger(Math.log2(cellDegrees(CITY))))
  })

  await t.test("a box that is none", async () => {
    assertRefused(await nobody.get(path({ ...CITY, north: 40 })), 400, "invalid-input", "query.north")
    assertRefused(await nobody.get(path({ ...CITY, east: -74.3 })), 400, "invalid-input", "query.east")
    assertRefused(await nobody.get(path({ ...CITY, west: "here" })), 400, "invalid-input", "query.west")
    assertRefused(await nobody.get(path({})), 400, "invalid-input")
  })
})
