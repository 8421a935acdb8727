import { randomBytes } from "node:crypto"
import { join } from "node:path"
import type { AppDefinition, Services } from "../../app/define-app.ts"
import { CausalKeys } from "../../app/sessions/causal-keys.ts"
import { type CausalRequestsOptions, withCausalRequests } from "../../app/sessions/causal-requests.ts"
import { createPostgresSessions } from "../../app/sessions/postgres/postgres-sessions.ts"
import type { Clock } from "../../kit/clock.ts"
import type { Log } from "../../telemetry/log.ts"
import { RequestTracing } from "../../telemetry/spans/request-tracing.ts"
import { createData } from "../../tiers/data/create-data.ts"
import type { Data } from "../../tiers/data/data.ts"
import {
  againWhenLost,
  checkShardKeys,
  createTransact,
  createTransactTable,
  migrate,
  seedOnce,
  tablesOfManifest,
} from "../../tiers/data/index.ts"
import { createWeb } from "../../tiers/web/create-web.ts"
import { installFetch } from "../../tiers/web/fetch/install.ts"
import type { ListenAddress } from "../../tiers/web/listen.ts"
import type { Web, WebLimits } from "../../tiers/web/web.ts"
import type { Launch } from "../../wire/launch.ts"
import type { Manifest } from "../../wire/report.ts"
import { type LoadedApp, loadApp } from "./load-app.ts"

export type WebRole = {
  readonly web: Web
  readonly manifest: Manifest
  /** The web role, then its way to the database. */
  stop(drainTimeoutMs: number): Promise<void>
}

/** What a web role is told, whoever tells it: a launch payload, or the environment of `plain-web`. */
export type WebRoleSettings = Pick<
  Launch,
  "id" | "app" | "version" | "database" | "limits" | "appOptions" | "secureCookies" | "causalSecret"
> & {
  readonly listen: ListenAddress
}

/** The way to the database of one process. It follows every map from the first on, also while the app is starting. */
export function createRoleData({ id, database }: WebRoleSettings, log: Log, clock: Clock): Data {
  const { user, password, name, poolSize, urls } = database
  return createData({
    name: `banyan ${id}`,
    ...(urls === undefined ? { credentials: { user, password, database: name } } : { urls }),
    poolSize,
    gate: { maxWaiting: 1000, maxWaitMs: 15_000 },
    clock,
    log,
  })
}

/** Loads the app, brings its tables up to date, and serves it. */
export async function startWebRole(
  launch: WebRoleSettings,
  data: Data,
  log: Log,
  clock: Clock,
  tell: (words: string) => void,
): Promise<WebRole> {
  // Before the app's module runs: it may keep what it finds in the global names.
  installFetch()
  const app = await loadApp(launch.app)
  const services = servicesFor(launch, data, log, clock)
  await againWhenLost(() => prepareData(app, data, services, tell))
  const web = createWeb({
    id: launch.id,
    app: withCausalRequests(await app.definition.web(services, tell), causalOptions(launch, data, clock)),
    limits: launch.limits.web as WebLimits,
    clock,
    log,
    tracing: new RequestTracing(clock, Math.random),
  })
  await web.listen(launch.listen)
  return {
    web,
    manifest: manifestOf(app.definition, launch.version),
    async stop(drainTimeoutMs) {
      await web.stop(drainTimeoutMs)
      await data.close()
    },
  }
}

/** Without a secret from above nobody else reads what this process writes. */
function causalOptions(launch: WebRoleSettings, data: Data, clock: Clock): CausalRequestsOptions {
  const { id, secureCookies = false, causalSecret = randomBytes(16).toString("base64url") } = launch
  const keys = new CausalKeys(causalSecret)
  return { instance: id, keys, secure: secureCookies, clock, isNeeded: () => data.replicated }
}

function servicesFor(launch: WebRoleSettings, data: Data, log: Log, clock: Clock): Services<unknown> {
  const db = data.db<unknown>()
  const transact = createTransact({
    db,
    clock,
    onNotice: ({ verdict, reason }) =>
      log.info({ verdict, reason }, "a transaction was not simply committed"),
  })
  return {
    db,
    transact,
    sessions: createPostgresSessions({ db, transact, clock, secure: launch.secureCookies ?? false }),
    listen: (channel, onNotice, onGap) => data.listen(channel, onNotice, onGap),
    options: launch.appOptions,
    log,
  }
}

/** Migrations and seed: several instances may start at once, one does the work, the others wait for it. Safe to repeat. */
async function prepareData(
  app: LoadedApp,
  data: Data,
  services: Services<unknown>,
  tell: (words: string) => void,
): Promise<void> {
  const declared = app.definition.data
  if (declared === undefined) return
  tell("bringing the tables up to date")
  await migrate(data, join(app.folder, declared.migrations))
  await createTransactTable(services.db)
  await checkShardKeys(data, declared.tables)
  const { seed } = declared
  if (seed !== undefined) await seedOnce(data, app.definition.name, () => seed(services, tell))
}

function manifestOf(app: AppDefinition<unknown>, version: string): Manifest {
  const { name, data, keyedRoutes } = app
  const manifest = { name, version, tables: tablesOfManifest(data?.tables ?? {}), jobs: [] }
  return keyedRoutes === undefined ? manifest : { ...manifest, keyedRoutes: [...keyedRoutes] }
}
