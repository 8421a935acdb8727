/** What the API says, in the server's own words: types only, no code of the server is loaded. */
import type { z } from "@hono/zod-openapi"
import type { userSchema } from "../../../accounts/accounts-routes.ts"
import type { cafeSchema } from "../../../cafes/cafe-json.ts"
import type { clusterSchema } from "../../../cafes/clusters-routes.ts"
import type { PostJson } from "../../../posts/post-json.ts"

export type Cafe = z.infer<typeof cafeSchema>
export type Cluster = z.infer<typeof clusterSchema>
export type User = z.infer<typeof userSchema>
/** Lists over several cafés say which café a post is about. */
export type Post = PostJson & { readonly cafeName?: string }
export type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | null }
