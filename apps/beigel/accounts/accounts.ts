import { hashPassword, type LoginLimit, needsRehash, type Services, verifyPassword } from "banyan"
import type { Kysely } from "kysely"
import { v7 } from "uuid"
import { Problem } from "../http/problems.ts"
import { BOT_PREFIX } from "../seed/invent-post.ts"
import type { BeigelTables } from "../tables.ts"

type Db = Kysely<BeigelTables>
/** To read by, and to write by. */
type Data = Pick<Services<BeigelTables>, "db" | "transact">
export type Credentials = { readonly handle: string; readonly password: string }
export type User = { readonly id: string; readonly handle: string }

/** Lets a guess at a handle's password pass, or throws `too-many-attempts`. */
export type Guard = (handleKey: string) => Promise<void>

/** Guesses are bounded for each handle and for each address. */
export function guardOf(limit: LoginLimit, address: string): Guard {
  return async handle => {
    const verdict = await limit.take({ handle, address })
    if (verdict.allowed) return
    throw new Problem("too-many-attempts", { retryAfterSeconds: verdict.retryAfterSeconds })
  }
}

/**
 * Claims the handle, then creates the user. The two may live on different shards, so no transaction joins them;
 * instead each step is safe to repeat, and whoever creates the user first has it. A claim without a user (the process
 * died in between) is completed by the next who signs up with that handle. Who repeats a sign-up whose answer was lost
 * knows the password, and is simply let in. Throws `handle-taken` when the password is another.
 */
export async function signUp(
  data: Data,
  credentials: Credentials,
  guard: Guard,
): Promise<{ user: User; created: boolean }> {
  const { handle, password } = credentials
  const key = keyOf(handle)
  if (isBot(key)) throw handleTaken()
  const { db } = data
  const id = await claim(data, key)
  const created = (await userById(db, id)) === undefined && (await create(data, id, handle, password))
  if (created) return { user: { id, handle }, created }
  await guard(key)
  const user = await userById(db, id)
  if (user === undefined || !(await verifyPassword(password, user.password))) throw handleTaken()
  return { user: { id, handle: user.handle }, created }
}

/** Who signs in with these words. Throws `wrong-credentials`; it takes as long when nobody has the handle. */
export async function logIn(data: Data, { handle, password }: Credentials, guard: Guard): Promise<User> {
  const { db } = data
  const key = keyOf(handle)
  await guard(key)
  const id = isBot(key) ? undefined : await holderOf(db, key)
  const user = id === undefined ? undefined : await userById(db, id)
  if (!(await verifyPassword(password, user?.password)) || user === undefined)
    throw new Problem("wrong-credentials")
  if (needsRehash(user.password)) await rehash(data, user.id, password)
  return { id: user.id, handle: user.handle }
}

/** Handles differ by more than capitals. */
export function keyOf(handle: string): string {
  return handle.toLowerCase()
}

/** Seeded authors are nobody's accounts. */
function isBot(handleKey: string): boolean {
  return handleKey.startsWith(BOT_PREFIX)
}

/** The id of the user to whom the handle belongs from now on, or already did. */
async function claim({ db, transact }: Data, handle: string): Promise<string> {
  const held = await holderOf(db, handle)
  if (held !== undefined) return held
  await transact(trx =>
    trx
      .insertInto("handles")
      .values({ handle, user_id: v7() })
      .onConflict(conflict => conflict.doNothing())
      .execute(),
  )
  return (await holderOf(db, handle))!
}

async function create({ transact }: Data, id: string, handle: string, password: string): Promise<boolean> {
  const user = { id, handle, password: await hashPassword(password), created_at: new Date() }
  const result = await transact(trx =>
    trx
      .insertInto("users")
      .values(user)
      .onConflict(conflict => conflict.doNothing())
      .executeTakeFirst(),
  )
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

async function rehash({ transact }: Data, id: string, password: string): Promise<void> {
  const hash = { password: await hashPassword(password) }
  await transact(trx => trx.updateTable("users").set(hash).where("id", "=", id).execute())
}

async function holderOf(db: Db, handle: string): Promise<string | undefined> {
  const row = await db.selectFrom("handles").select("user_id").where("handle", "=", handle).executeTakeFirst()
  return row?.user_id
}

function userById(db: Db, id: string) {
  return db.selectFrom("users").select(["id", "handle", "password"]).where("id", "=", id).executeTakeFirst()
}

function handleTaken(): Problem {
  return new Problem("handle-taken", { field: "body.handle" })
}
