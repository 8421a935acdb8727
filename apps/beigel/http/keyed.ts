import { z } from "@hono/zod-openapi"
import type { Idempotency } from "banyan"
import type { Context } from "hono"
import type { Transaction } from "kysely"
import type { BeigelTables } from "../tables.ts"
import type { Env } from "./route-kit.ts"

const description =
  "A value of your own for each thing to be done, as a UUID. Sent again with it, within 24 hours, the same request is " +
  "answered as it was the first time and done no second time (`Idempotency-Replayed: true`); another request is refused."

/** What a route that is done once says of its header. What is no good key, `once` refuses. */
export const keyHeader = z.object({
  "idempotency-key": z
    .string()
    .optional()
    .openapi({ description, example: '"8e03978e-40d5-43e8-bc93-6894a57f9324"' }),
})

/** Does the work of a request once, however often its client, or the front door, sends it. `home`: a café's id. */
export async function onceByKey<Answer extends Response>(
  idempotency: Idempotency<BeigelTables>,
  { req }: Context<Env>,
  { owner, home }: { readonly owner: string; readonly home: string },
  work: (tx: Transaction<BeigelTables>) => Promise<Answer>,
): Promise<Answer> {
  const asked = `${req.method} ${req.path} ${await req.text()}`
  const answer = await idempotency.once({ key: req.header("idempotency-key"), owner, home, asked }, work)
  // The first one's answer, or the same again.
  return answer as Answer
}
