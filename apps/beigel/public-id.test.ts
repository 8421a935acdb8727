import assert from "node:assert/strict"
import test from "node:test"
import fc from "fast-check"
import { decodeId, decodePostId, encodeId, encodePostId } from "./public-id.ts"

const uuid = fc.uuid({ version: [4, 5, 7] })

test("an id comes back as it went", () => {
  fc.assert(
    fc.property(uuid, uuid, (cafeId, postId) => {
      assert.equal(decodeId(encodeId(cafeId)), cafeId)
      assert.deepEqual(decodePostId(encodePostId({ cafeId, postId })), { cafeId, postId })
    }),
  )
})

test("whatever is not the one spelling of an id is none", () => {
  const strange = fc.oneof(
    fc.string(),
    fc.base64String(),
    fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes).toString("base64url")),
    uuid.map(id => `${encodeId(id)}=`),
    uuid.map(id => ` ${encodeId(id)}`),
    uuid.map(id => encodeId(id).slice(1)),
  )
  fc.assert(
    fc.property(strange, text => {
      const id = decodeId(text)
      assert.ok(id === undefined || encodeId(id) === text)
      const key = decodePostId(text)
      assert.ok(key === undefined || encodePostId(key) === text)
    }),
  )
})

test("bits beyond the last byte have to be zero", () => {
  const id = encodeId("018f4c1e-7b1a-7c3d-8e4f-5a6b7c8d9e0f")
  const last = id.at(-1)!
  const other = String.fromCharCode(last.charCodeAt(0) + 1)
  assert.equal(decodeId(id.slice(0, -1) + other), undefined)
})

test("a post's id is no café's id, nor the other way round", () => {
  const cafeId = "018f4c1e-7b1a-7c3d-8e4f-5a6b7c8d9e0f"
  assert.equal(decodePostId(encodeId(cafeId)), undefined)
  assert.equal(decodeId(encodePostId({ cafeId, postId: cafeId })), undefined)
})
