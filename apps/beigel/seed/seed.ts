import type { Services } from "banyan"
import type { BeigelTables } from "../tables.ts"
import { parseCafes, readCafesFile } from "./read-cafes.ts"
import { CAFES_FILE, seedCafes } from "./seed-cafes.ts"
import { seedPosts } from "./seed-posts.ts"

const MAX_POSTS = 10_000_000

/** What Beigel is born with: its cafés, and with `--seed-posts N` so many invented posts. Safe to repeat. */
export async function seed(
  { db, options }: Pick<Services<BeigelTables>, "db" | "options">,
  progress: (words: string) => void,
): Promise<void> {
  const posts = postsAskedFor(options["seed-posts"])
  await seedCafes(db, progress)
  if (posts > 0) await seedPosts(db, posts, async () => parseCafes(await readCafesFile(CAFES_FILE)), progress)
}

function postsAskedFor(option: string | number | boolean | undefined): number {
  const count = option === undefined ? 0 : Number(option)
  if (typeof option !== "boolean" && Number.isInteger(count) && count >= 0 && count <= MAX_POSTS) return count
  throw new Error(`--seed-posts is ${option}; it has to be a whole number from 0 to ${MAX_POSTS}`)
}
