import {
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryCompiler,
} from "kysely"
import { BanyanDriver } from "./banyan-driver.ts"
import type { Router } from "./router.ts"

/** Postgres for Kysely, through a router: asked for at the first query, and closed with the last. */
export class RoutedDialect implements Dialect {
  readonly #router: () => Router
  readonly #close: () => Promise<void>

  constructor(router: () => Router, close: () => Promise<void> = async () => {}) {
    this.#router = router
    this.#close = close
  }

  createDriver(): Driver {
    return new BanyanDriver(this.#router, this.#close) as Driver
  }

  createAdapter(): DialectAdapter {
    return new PostgresAdapter()
  }

  createQueryCompiler(): QueryCompiler {
    return new PostgresQueryCompiler()
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new PostgresIntrospector(db)
  }
}
