import type { Socket } from "node:net"
import pg from "pg"
import { isBanyanError, messageOf } from "../../../../kit/errors.ts"
import { orAborted } from "../../../../kit/node/until.ts"
import type { Address } from "../../../../wire/map.ts"
import { dataError } from "../../data-errors.ts"
import { type ConnectionCredentials, destroyConnection, openConnection } from "../connection.ts"
import { openedWithin } from "../connection-within.ts"
import { type Column, LimitedQuery } from "./limited-query.ts"
import { lookAtRole } from "./role-check.ts"

export type ReadOnlyQuery = {
  readonly address: Address
  readonly credentials: ConnectionCredentials
  readonly text: string
  readonly mostRows: number
  /** Of what the server sends, whole messages or not. */
  readonly mostBytes: number
  readonly timeoutMs: number
  /** Gives it up: the connection ends, and the server notices within `noticeMs`. */
  readonly signal: AbortSignal
}

export type ReadOnlyAnswer = {
  /** Of the server that answered. */
  readonly role: "primary" | "replica"
  readonly columns: readonly Column[]
  /** As the server writes them; null is SQL's. */
  readonly rows: readonly (readonly (string | null)[])[]
  /** What cut it short; absent: that is all. */
  readonly cutBy?: "rows" | "bytes"
  readonly tookMs: number
}

/** How soon a server that is busy with a statement sees that nobody waits for it. */
const noticeMs = 100
/** A server that says nothing at all, frozen say, is given up so long after the time-out. */
const graceMs = 1_000

/**
 * Does one statement in a transaction that is read-only and never committed, as a role that may only read, on a connection
 * of its own. All limits are the server's; bytes are counted as they arrive, before anything is put together of them.
 * Throws BN2290 .. BN2293, BN2295; a login that is refused as the server says it (`loginRefused`).
 */
export async function readOnly(query: ReadOnlyQuery): Promise<ReadOnlyAnswer> {
  const { timeoutMs, signal, mostBytes, credentials } = query
  const late = AbortSignal.timeout(timeoutMs + graceMs)
  const over = AbortSignal.any([signal, late])
  let client: pg.Client | undefined
  try {
    client = await openReader(query, over)
    await orAborted(client.query("begin read only"), over)
    // This look takes the transaction's snapshot too: from there on the server refuses to make it writable.
    const { isReplica, tooMighty: reason } = await orAborted(lookAtRole(client), over)
    if (reason !== undefined) throw dataError("BN2293", { user: credentials.user, reason })
    const answer = await ask(client, query, countBytes(client, mostBytes), over)
    return { role: isReplica ? "replica" : "primary", ...answer }
  } catch (error) {
    if (signal.aborted) throw dataError("BN2295", {})
    throw late.aborted ? dataError("BN2291", { timeoutMs }) : explained(error, timeoutMs)
  } finally {
    // Without a goodbye: nothing is committed, and what it locked goes with it.
    if (client !== undefined) destroyConnection(client)
  }
}

async function ask(
  client: pg.Client,
  { text, mostRows }: ReadOnlyQuery,
  overflow: Promise<"overflow">,
  over: AbortSignal,
): Promise<Omit<ReadOnlyAnswer, "role">> {
  const startedAt = performance.now()
  const asked = new LimitedQuery(text, mostRows)
  client.query(asked)
  const end = await orAborted(Promise.race([overflow, asked.done]), over)
  const cutBy = end === "overflow" ? "bytes" : asked.isSuspended ? "rows" : undefined
  const columns = asked.fields.map(({ name, dataTypeID }) => ({
    name,
    type: typeNames.get(dataTypeID) ?? "",
  }))
  const tookMs = performance.now() - startedAt
  return { columns, rows: asked.rows, ...(cutBy && { cutBy }), tookMs }
}

/** Every name the library knows of Postgres' own types, such as `int8`. */
const typeNames = new Map(
  Object.entries(pg.types.builtins).map(([name, id]) => [Number(id), name.toLowerCase()]),
)

function openReader(query: ReadOnlyQuery, over: AbortSignal): Promise<pg.Client> {
  const settings = {
    default_transaction_read_only: "on",
    statement_timeout: query.timeoutMs,
    // What waits for a lock holds others up that ask for stronger ones.
    lock_timeout: Math.min(query.timeoutMs, 1_000),
    idle_in_transaction_session_timeout: query.timeoutMs + graceMs,
    client_connection_check_interval: noticeMs,
    max_parallel_workers_per_gather: 0,
  }
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  const opening = openConnection(query.address, query.credentials, "banyan-sql", {
    options: options.join(" "),
  })
  return openedWithin(opening, over)
}

/** Resolves, and ends the connection, when more has come than is wanted. */
function countBytes(client: pg.Client, mostBytes: number): Promise<"overflow"> {
  const { promise, resolve } = Promise.withResolvers<"overflow">()
  let bytes = 0
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  // Before the parser, which would gather a whole row first, of up to a gigabyte.
  stream.prependListener("data", (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= mostBytes) return
    resolve("overflow")
    destroyConnection(client)
  })
  return promise
}

/** Whether the server does not know this role or this password. */
export function loginRefused(error: unknown): boolean {
  return error instanceof pg.DatabaseError && ["28P01", "28000"].includes(error.code ?? "")
}

function explained(error: unknown, timeoutMs: number): unknown {
  if (isBanyanError(error) || loginRefused(error)) return error
  if (!(error instanceof pg.DatabaseError)) return dataError("BN2292", { reason: messageOf(error) }, error)
  if (error.code === "57014") return dataError("BN2291", { timeoutMs }, error)
  const { message, code: sqlState, hint, position } = error
  return dataError("BN2290", { reason: message, sqlState, hint, position }, error)
}
