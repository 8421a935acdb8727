import { z } from "@hono/zod-openapi"

/** The Postgres channel on which changes of posts are told. */
export const LIVE_CHANNEL = "beigel_posts"

/**
 * What is told: which post, not what it says. A notice holds at most 8000 bytes, and whoever shows the post reads it
 * anyway with what it is then.
 */
export type LiveNotice = {
  readonly kind: "post" | "edit" | "delete"
  readonly cafeId: string
  readonly postId: string
}

const schema = z.tuple([z.enum(["post", "edit", "delete"]), z.guid(), z.guid()])

export function encodeNotice(notice: LiveNotice): string {
  return JSON.stringify([notice.kind, notice.cafeId, notice.postId])
}

/** The notice, or undefined when the payload is not one (another version's, or somebody's at a prompt). */
export function decodeNotice(payload: string): LiveNotice | undefined {
  try {
    const [kind, cafeId, postId] = schema.parse(JSON.parse(payload))
    return { kind, cafeId, postId }
  } catch {
    return undefined
  }
}
