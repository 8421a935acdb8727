import type { PlantedBug } from "./planted-bug.ts"

/** Bugs of the data tier, and of an app on top of it. */
export const dataBugs: Readonly<Record<string, PlantedBug>> = {
  "acknowledged-before-commit": {
    words: "an edit is acknowledged 30 ms before its transaction is committed",
    file: "apps/beigel/posts/posts-routes.ts",
    find: "      return onceByKey(idempotency, context, { owner: userId, home: key.cafeId }, async tx => {\n",
    replace: `      const { text } = context.req.valid("json")
      setTimeout(() => transact(tx => editPost(tx, key, userId, text)).catch(() => {}), 30)
      if (text !== "") return context.json(await readPost(db, key, userId), 200)
      return onceByKey(idempotency, context, { owner: userId, home: key.cafeId }, async tx => {\n`,
    caughtBy: "climb",
    caughtAs: /read-your-writes|linearizable-registers/,
  },
  "stale-cache": {
    words: "a process answers reads of a post from a cache of its own",
    file: "apps/beigel/posts/posts-routes.ts",
    find: "  const row = await postByKey(db, key, viewerId).executeTakeFirst()\n",
    replace: `  const cache: Map<string, ReturnType<typeof read>> = ((globalThis as any).postCache ??= new Map())
  const read = () => postByKey(db, key, viewerId).executeTakeFirst()
  const id = encodePostId(key)
  if (!cache.has(id)) setTimeout(() => cache.delete(id), 1000)
  const row = await cache.get(id) ?? await cache.set(id, read()).get(id)
`,
    caughtBy: "climb",
    caughtAs: /read-your-writes/,
  },
  "gate-refuses": {
    words: "work that waits for the database is refused as soon as it is away",
    file: "src/tiers/data/postgres/pool.ts",
    find: "    if (!this.#waits) this.#gate.refuseAll(error)\n",
    replace:
      '    this.#gate.refuseAll(dataError("BN2202", { waitedMs: 0, reason: messageOf(error), status: 503 }))\n',
    caughtBy: "kill-any",
    only: "kill postgres",
    caughtAs: /status5xx/,
  },
  "commit-not-on-disk": {
    words: "a commit is acknowledged before its log is on disk",
    file: "src/tiers/data/postgres/server/server-settings.ts",
    find: '    wal_level: "logical",\n',
    replace: '    wal_level: "logical",\n    synchronous_commit: "off",\n    wal_writer_delay: "10s",\n',
    caughtBy: "kill-any",
    only: "kill postgres",
    caughtAs: /acknowledged-once: lost/,
  },
  "primary-restarted": {
    words: "a lost primary is started again, however many replicas could take its place",
    file: "src/control/plan/databases.ts",
    find: "  const why = whyFailOver(primary, scene)\n",
    replace: "  const why = undefined as ReturnType<typeof whyFailOver>\n",
    caughtBy: "failover",
    only: "kill primary 1",
    caughtAs: /is still the primary/,
  },
  "no-fence": {
    words: "a replica is promoted while it and the others still follow the former primary",
    file: "src/tiers/data/postgres/replication/fence.ts",
    find: `  await client.query("select pg_reload_conf()")
  const seen = await until(() => fenced(client, standby), pollMs, signal)
`,
    replace: "  const seen = (await client.query<Seen>(look)).rows[0] as Seen\n",
    caughtBy: "partition",
    caughtAs: /was acknowledged and is lost|was the primary no more/,
  },
  "standbys-awaited": {
    words: "commits wait for replicas that are lost, however long it takes until they come back",
    file: "src/control/observe/database-watch.ts",
    find: "const lostAfterMs = 3_000\n",
    replace: "const lostAfterMs = 20_000\n",
    caughtBy: "both-standbys-lost",
    caughtAs: /it took \d+ ms until status says that commits wait for no replica/,
  },
  "late-horizon": {
    words: "the horizon of a promotion is read when the new primary has handed numbers out already",
    file: "src/tiers/data/postgres/replication/promote.ts",
    find: "horizon: await orAborted(provenHorizon(client, timeline, horizon), signal) }",
    replace:
      "horizon: await new Promise(resolve => setTimeout(resolve, 50)).then(() => readHorizon(client, signal)) }",
    caughtBy: "src/tiers/data/postgres/replication/failover.test.ts",
    caughtAs: /below the horizon \d+ a lost transaction would be called what became of \d+/,
  },
  "early-token": {
    words: "a user's token is taken within the write's own transaction, before its commit record is written",
    file: "src/tiers/data/router/router.ts",
    find: "          : [[part], [primaryPlace]]\n",
    replace: "          : [[part, primaryPlace]]\n",
    caughtBy: "src/tiers/data/router/banyan-dialect.test.ts",
    only: "whoever wrote sees it",
    caughtAs: /✖ whoever wrote sees it, though every replica stands still/,
  },
  "cancel-is-success": {
    words: "a commit whose wait for a standby was cancelled is taken for success",
    file: "src/tiers/data/router/statements/send-groups.ts",
    find: "    if (tookUnconfirmed(raw)) throw",
    replace: "    if (tookUnconfirmed(raw) && Number.isNaN(0)) throw",
    caughtBy: "src/tiers/data/transact/transact-quorum.test.ts",
    only: "a COMMIT whose wait",
    caughtAs: /waited in vain for %greatest% to wait/,
  },
  "lost-commit-told": {
    words: "a COMMIT whose answer was lost with the primary is told as a failure instead of being found out",
    file: "src/tiers/data/transact/after-failure.ts",
    find: 'kind === "unknown" ? "resolve" : "again"',
    replace: 'kind === "unknown" ? "fails" : "again"',
    caughtBy: "failover",
    only: "kill primary's processes",
    caughtAs: /answered 503|status5xx/,
  },
  "reads-to-primary": {
    words: "a lost replica's reads go to the primary, not to the replica that is left",
    file: "src/tiers/data/router/servers/choose-replica.ts",
    find: "  if (usable.length < 2) return usable[0]\n",
    replace: "  if (usable.length < 2) return undefined\n",
    caughtBy: "replica-lost",
    caughtAs: /the primary postgres-\d has \d+ transactions/,
  },
  "reads-spill-over": {
    words: "a read that would have to wait at a replica goes to the primary",
    file: "src/tiers/data/postgres/pool.ts",
    find: "    const admitted = this.#gate.enter()\n",
    replace: `    if (!this.#waits && this.#target.all.size === this.#size) return Promise.reject(dataError("BN2204"))
    const admitted = this.#gate.enter()
`,
    caughtBy: "replica-lost",
    only: "a needed replica",
    caughtAs: /the primary postgres-\d has \d+ transactions|nobody was turned away/,
  },
  "log-kept-back": {
    words: "the log is archived once an hour, not as it is written",
    file: "src/tiers/data/backup/archive/run-archive.ts",
    find: "pieceEveryMs: options.pieceEveryMs ?? 1000",
    replace: "pieceEveryMs: 3_600_000",
    caughtBy: "restore",
    caughtAs: /is after the archived log|the archive was \d+ ms behind/,
  },
}
