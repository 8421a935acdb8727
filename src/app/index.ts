/** What an application author holds: the public door of the package `banyan`. */
export type { Transact, TransactOptions } from "../tiers/data/index.ts"
export { clientAddress } from "./client-address.ts"
export {
  type AppDefinition,
  defineApp,
  type Services,
  type SocketHandlers,
  type SocketPeer,
  type WebHandler,
} from "./define-app.ts"
export type { Idempotency, KeyedRequest } from "./idempotency/idempotency.ts"
export {
  createIdempotencyTable,
  createPostgresIdempotency,
  type PostgresIdempotencyOptions,
} from "./idempotency/postgres/postgres-idempotency.ts"
export { hashPassword, needsRehash, verifyPassword } from "./sessions/passwords.ts"
export {
  createLoginAttemptsTable,
  createLoginLimit,
  type LoginLimit,
  type LoginLimitOptions,
  type LoginVerdict,
} from "./sessions/postgres/login-limit.ts"
export {
  createPostgresSessions,
  createSessionsTable,
  type PostgresSessionsOptions,
} from "./sessions/postgres/postgres-sessions.ts"
export { isSameOrigin } from "./sessions/same-origin.ts"
export type { Session, Sessions } from "./sessions/sessions.ts"
