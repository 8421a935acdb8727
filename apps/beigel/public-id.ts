import { parse, stringify, validate } from "uuid"

/**
 * Public ids: opaque strings that carry the shard key inside, so that `PATCH /api/posts/:id` needs no search. A café's
 * or a user's id is its UUID, a post's id is its café's UUID followed by its own; both in base64url without padding
 * (RFC 4648 section 5). Decoding is strict: one id has one spelling.
 */
export type PostKey = { readonly cafeId: string; readonly postId: string }

export function encodeId(uuid: string): string {
  return Buffer.from(parse(uuid)).toString("base64url")
}

export function encodePostId(key: PostKey): string {
  return Buffer.concat([parse(key.cafeId), parse(key.postId)]).toString("base64url")
}

/** The UUID of a café's or user's public id, or undefined when it is none. */
export function decodeId(publicId: string): string | undefined {
  return uuidsOf(publicId, 1)?.[0]
}

export function decodePostId(publicId: string): PostKey | undefined {
  const uuids = uuidsOf(publicId, 2)
  return uuids && { cafeId: uuids[0]!, postId: uuids[1]! }
}

function uuidsOf(publicId: string, count: number): string[] | undefined {
  const bytes = Buffer.from(publicId, "base64url")
  if (bytes.length !== count * 16 || bytes.toString("base64url") !== publicId) return undefined
  const uuids: string[] = []
  for (let start = 0; start < bytes.length; start += 16) {
    const uuid = uuidOf(bytes.subarray(start, start + 16))
    if (uuid === undefined) return undefined
    uuids.push(uuid)
  }
  return uuids
}

function uuidOf(bytes: Uint8Array): string | undefined {
  try {
    const uuid = stringify(bytes)
    return validate(uuid) ? uuid : undefined
  } catch {
    return undefined
  }
}
