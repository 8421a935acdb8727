import { orAborted } from "../../kit/node/until.ts"
import { destroyConnection, openConnection } from "../../tiers/data/postgres/connection.ts"
import { openedWithin } from "../../tiers/data/postgres/connection-within.ts"
import { postgresServer } from "../databases/postgres-server.ts"

/** What a server answered. With warnings a commit is no success: the wait for a standby may have been given up. */
export type DirectAnswer = {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly warnings: readonly string[]
}

type Client = Awaited<ReturnType<typeof openConnection>>

/** Whose credentials. The superuser's session is at a database of its own, where the app's tables are not. */
type Whose = "app" | "superuser"

/**
 * A session at the database of this folder (the working directory) with this id, by its own socket: past map, pools and
 * checks, whatever its role is, as somebody would who kept an old address. For those who look from outside.
 */
export class DirectSession {
  readonly #client: Client
  #warnings: string[] = []

  private constructor(client: Client) {
    this.#client = client
    client.on("notice", ({ message }) => void this.#warnings.push(message ?? ""))
  }

  /** Rejects with what the system or the server says, or with the signal's reason. */
  static async open(id: string, signal: AbortSignal, whose: Whose = "app"): Promise<DirectSession> {
    const server = postgresServer(id, { sharedBuffersMb: 0 })
    const { address } = await server.place()
    const credentials = whose === "app" ? server.credentials : server.superuser
    const opening = openConnection(address, credentials, "direct")
    return new DirectSession(await openedWithin(opening, signal))
  }

  /** One statement, a transaction of its own. Rejects with what the server says, or when the session ends. */
  async ask(text: string, values: readonly unknown[] = []): Promise<DirectAnswer> {
    this.#warnings = []
    const { rows } = await this.#client.query<Record<string, unknown>>(text, [...values])
    return { rows, warnings: this.#warnings }
  }

  /** Without a goodbye. */
  close(): void {
    destroyConnection(this.#client)
  }
}

/** One statement in a session of its own. */
export async function askDirectly(
  id: string,
  signal: AbortSignal,
  text: string,
  values: readonly unknown[] = [],
): Promise<DirectAnswer> {
  const session = await DirectSession.open(id, signal)
  try {
    return await orAborted(session.ask(text, values), signal)
  } finally {
    session.close()
  }
}
