import type { StateView } from "banyan/admin"
import type { View } from "../service/view.ts"
import { lagWords } from "../words/lag.ts"

/** How long it is told on the card that it took over. */
const freshMs = 30_000

type Promotion = NonNullable<NonNullable<StateView["databases"]>["promotion"]>

/** Whom this database has just taken the place of. */
export function promotionOf({ state }: View, id: string): Promotion | undefined {
  const promotion = state.databases?.promotion
  const isFresh = promotion !== undefined && Date.now() - promotion.atMs < freshMs
  return isFresh && promotion.id === id ? promotion : undefined
}

/** What a database does at this moment, in a few words for its card. */
export function databaseNews(view: View, id: string): string {
  const promotion = promotionOf(view, id)
  if (promotion !== undefined)
    return `${promotion.why === "fail-over" ? "took over from" : "relieved"} ${promotion.former}`
  const database = view.state.instances.find(each => each.id === id)?.database
  if (database?.follows === undefined) return ""
  const words = lagWords(database)
  return words === "" || database.streaming === false ? words : `${words} behind`
}
