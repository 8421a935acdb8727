import { z } from "@hono/zod-openapi"
import { encodeId, encodePostId } from "../public-id.ts"
import type { PostRow } from "./posts-queries.ts"

export const postSchema = z
  .object({
    id: z.string(),
    cafeId: z.string(),
    userId: z.string(),
    handle: z.string(),
    text: z.string(),
    createdAt: z.iso.datetime(),
    editedAt: z.iso.datetime().nullable(),
    likeCount: z.int(),
    likedByMe: z.boolean(),
    mine: z.boolean(),
  })
  .openapi("Post")

export type PostJson = z.infer<typeof postSchema>

export function postJson(row: PostRow, viewerId: string | undefined): PostJson {
  return {
    id: encodePostId({ cafeId: row.cafe_id, postId: row.id }),
    cafeId: encodeId(row.cafe_id),
    userId: encodeId(row.user_id),
    handle: row.handle,
    text: row.text,
    createdAt: row.created_at.toISOString(),
    editedAt: row.edited_at?.toISOString() ?? null,
    likeCount: row.like_count,
    likedByMe: row.liked,
    mine: row.user_id === viewerId,
  }
}
