import type { Driver, TransactionSettings } from "kysely"
import { RoutedConnection } from "./routed-connection.ts"
import type { Router } from "./router.ts"

/** Kysely's driver over the router. */
export class BanyanDriver implements Driver {
  readonly #router: () => Router
  readonly #close: () => Promise<void>

  constructor(router: () => Router, close: () => Promise<void>) {
    this.#router = router
    this.#close = close
  }

  async init(): Promise<void> {
    this.#router()
  }

  async acquireConnection(): Promise<RoutedConnection> {
    return new RoutedConnection(this.#router())
  }

  async beginTransaction(connection: RoutedConnection, settings: TransactionSettings): Promise<void> {
    connection.begin(settings)
  }

  commitTransaction(connection: RoutedConnection): Promise<void> {
    return connection.commit()
  }

  rollbackTransaction(connection: RoutedConnection): Promise<void> {
    return connection.rollback()
  }

  savepoint(connection: RoutedConnection, name: string): Promise<void> {
    return connection.savepoint("savepoint", name)
  }

  rollbackToSavepoint(connection: RoutedConnection, name: string): Promise<void> {
    return connection.savepoint("rollback to", name)
  }

  releaseSavepoint(connection: RoutedConnection, name: string): Promise<void> {
    return connection.savepoint("release savepoint", name)
  }

  async releaseConnection(connection: RoutedConnection): Promise<void> {
    connection.release()
  }

  destroy(): Promise<void> {
    return this.#close()
  }
}
