import { z } from "@hono/zod-openapi"
import { roundedMetres } from "../cafes/cafe-json.ts"
import { postJson, postSchema } from "../posts/post-json.ts"
import type { PostRow } from "../posts/posts-queries.ts"

export const feedItemSchema = postSchema
  .extend({ cafeName: z.string(), distanceM: z.number().openapi({ description: "Metres to the café" }) })
  .openapi("FeedItem")

export type FeedRow = PostRow & { cafe_name: string; chord: number }

export function feedItemJson(row: FeedRow, viewerId: string | undefined): z.infer<typeof feedItemSchema> {
  return { ...postJson(row, viewerId), cafeName: row.cafe_name, distanceM: roundedMetres(row.chord) }
}
