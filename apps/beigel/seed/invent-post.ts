import { parse, v5, v7 } from "uuid"
import type { Cafe } from "./read-cafes.ts"

/** Bots that write the seeded posts. Their names are kept from people by the sign-up. */
export const BOT_PREFIX = "beigel-bot-"
export const BOTS = 100

/** Never changes: seeded ids hang on it. */
const SEED_NAMESPACE = "0b7c6a52-3d0f-4f7e-8a55-64f7a1f0c2d9"
const FIRST_POST_MS = Date.UTC(2025, 0, 1)
const BETWEEN_POSTS_MS = 20_000

const openings = [
  "Best",
  "Honest",
  "Decent",
  "Splendid",
  "Underrated",
  "Overpriced",
  "Still warm:",
  "Worth the queue:",
]
const things = [
  "everything bagel",
  "poppy bagel",
  "sesame bagel",
  "rye loaf",
  "flat white",
  "cheesecake",
  "bialy",
  "lox",
]
const moments = ["before eight", "on a rainy day", "after the park", "at midnight", "on Sundays", "any time"]

export type InventedPost = {
  readonly cafe_id: string
  readonly id: string
  readonly user_id: string
  readonly handle: string
  readonly text: string
  readonly created_at: Date
}

export function botOf(number: number): { id: string; handle: string } {
  const handle = `${BOT_PREFIX}${number}`
  return { id: v5(handle, SEED_NAMESPACE), handle }
}

/**
 * The post of that number: the same for ever, whatever was written before it, so that a seed broken off goes on where
 * it was. The dice are the bytes of the number's UUIDv5. Cafés differ in fame: half of the posts go to a quarter of them.
 */
export function inventPost(number: number, cafes: readonly Cafe[]): InventedPost {
  const dice = parse(v5(`post ${number}`, SEED_NAMESPACE))
  const uniform = (dice[0]! * 65536 + dice[1]! * 256 + dice[2]!) / 2 ** 24
  const cafe = cafes[Math.floor(uniform ** 2 * cafes.length)]!
  const bot = botOf(dice[3]! % BOTS)
  const timeMs = FIRST_POST_MS + number * BETWEEN_POSTS_MS
  return {
    cafe_id: cafe.id,
    id: v7({ msecs: timeMs, random: dice }),
    user_id: bot.id,
    handle: bot.handle,
    text: `${pick(openings, dice[4]!)} ${pick(things, dice[5]!)} at ${cafe.name}, ${pick(moments, dice[7]!)}.`,
    created_at: new Date(timeMs),
  }
}

function pick(words: readonly string[], die: number): string {
  return words[die % words.length]!
}
