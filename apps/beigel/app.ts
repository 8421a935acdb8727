import { defineApp } from "banyan"
import { seed } from "./seed/seed.ts"
import { type BeigelTables, tables } from "./tables.ts"
import { createWeb } from "./web.ts"

/** Beigel: cafés near you, and what people write about them. */
export default defineApp<BeigelTables>({
  name: "beigel",
  data: { tables, migrations: "./migrations", seed },
  web: createWeb,
  keyedRoutes: ["POST /api/cafes/*/posts", "PATCH /api/posts/*"],
})
