import assert from "node:assert/strict"
import test from "node:test"
import { z } from "@hono/zod-openapi"
import fc from "fast-check"
import { defineCursor } from "./cursor.ts"

const cursor = defineCursor(
  "things",
  z.object({ chord: z.number().min(0).max(2), name: z.string(), id: z.guid() }),
)
const place = fc.record(
  {
    chord: fc.double({ min: 0, max: 2, noNaN: true }),
    name: fc.string({ unit: "grapheme" }),
    id: fc.uuid(),
  },
  { noNullPrototype: true },
)

test("a place comes back as it went, to the last bit of a number", () => {
  fc.assert(fc.property(place, there => assert.deepEqual(cursor.decode(cursor.encode(there)), there)))
})

test("garbage is no place", () => {
  const garbage = fc.oneof(
    fc.string(),
    fc.json().map(json => Buffer.from(json).toString("base64url")),
    place.map(there => Buffer.from(JSON.stringify(["others", there])).toString("base64url")),
    place.map(there => Buffer.from(JSON.stringify(["things", { ...there, chord: 3 }])).toString("base64url")),
    place.map(there => Buffer.from(JSON.stringify(["things", there], null, 1)).toString("base64url")),
    place.map(there => `${cursor.encode(there)}=`),
  )
  fc.assert(fc.property(garbage, text => assert.equal(cursor.decode(text), undefined)))
})
