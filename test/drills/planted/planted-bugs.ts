import type { PlantedBug } from "./planted-bug.ts"

/** Bugs the product could have, by name. The lab is worth what it catches of them. */
export const plantedBugs: Readonly<Record<string, PlantedBug>> = {
  "close-unannounced": {
    words: "a front door that drains does not announce `Connection: close`",
    file: "src/tiers/edge/client-connection.ts",
    find: "return this.#owner.draining || (",
    replace: "return (",
    caughtBy: "climb",
    only: "single -> balanced",
    caughtAs: /kept-alive connections were closed without a word/,
  },
  "drain-skipped": {
    words: "a front door that is told to drain closes its connections at once",
    file: "src/tiers/edge/front.ts",
    find: "    this.#listener.stop()\n",
    replace: '    this.#listener.stop()\n    for (const one of this.#connections) one.destroy("closed")\n',
    caughtBy: "climb",
    only: "single -> balanced",
    caughtAs: /(sse|websocket|upload): ended|upload: never opened/,
  },
  "streams-cut": {
    words: "streams are cut at the drain deadline instead of ended as their protocol ends them",
    file: "src/tiers/web/drain.ts",
    find: "    stream.endGently()\n",
    replace: "    stream.cut()\n",
    caughtBy: "climb",
    only: "single -> balanced",
    caughtAs: /websocket: ended/,
  },
  "closed-before-opened": {
    words: "the old front door closes before the new processes are started",
    file: "src/control/plan/plan.ts",
    find: "  draft.phase([...starts, ...rescue])\n",
    replace:
      "  retire(draft, desired, new Set(arriving(buckets, starts)), buckets.surplus, () => false)\n  draft.phase([...starts, ...rescue])\n",
    caughtBy: "climb",
    only: "single -> balanced",
    caughtAs: /requests failed: status5xx/,
  },
  "epoch-backwards": {
    words: "one map is published with an epoch older than the one before",
    file: "src/control/apply/publisher.ts",
    find: "counter: counter + 1",
    replace: "counter: counter === 7 ? 5 : counter + 1",
    caughtBy: "climb",
    caughtAs: /the admin API .* does not answer/,
  },
  "acknowledged-before-commit": {
    words: "an edit is acknowledged 30 ms before its transaction is committed",
    file: "apps/beigel/posts/posts-writes.ts",
    find: "  await db.transaction().execute(async tx => {\n    const changed = await tx\n      .updateTable",
    replace: `  const later = { execute: (work: any) => void setTimeout(() => db.transaction().execute(work), 30) }
  later.execute(async (tx: any) => {\n    const changed = await tx\n      .updateTable`,
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
  "dies-with-supervisor": {
    words: "a process ends when its link to the control plane ends",
    file: "src/wire/node/uplink.ts",
    find: "      linked = false\n",
    replace: "      if (linked && !closed) process.exit(1)\n      linked = false\n",
    caughtBy: "kill-any",
    only: "kill supervisor",
    caughtAs: /supervisor/,
  },
  "adoption-kills": {
    words: "an agent ends what lived before it and has it started anew",
    file: "src/drivers/local/agent/process-table.ts",
    find: "else if (isAlive(identity)) this.#watch(entry, identity)",
    replace: 'else if (isAlive(identity)) { this.#watch(entry, identity); entry.process?.signal("SIGKILL") }',
    caughtBy: "kill-any",
    only: "kill agent",
    caughtAs: /agent/,
  },
  "adoption-restarts": {
    words: "an agent restarts, in order, what lived before it",
    file: "src/drivers/local/agent/process-table.ts",
    find: "else if (isAlive(identity)) this.#watch(entry, identity)",
    replace: 'else if (isAlive(identity)) { this.#watch(entry, identity); entry.process?.signal("SIGTERM") }',
    caughtBy: "kill-any",
    only: "kill agent",
    caughtAs: /was restarted/,
  },
  "old-map-recovered": {
    words: "a new supervisor publishes the first map of its journal, not the last",
    file: "src/control/journal/journal-state.ts",
    find: "return { ...state, map: record.map, term",
    replace: "return { ...state, map: state.map ?? record.map, term",
    caughtBy: "kill-any",
    only: "kill supervisor",
    caughtAs: /supervisor/,
  },
  "plan-forgotten": {
    words: "a new supervisor does not go on with the plan of the one before",
    file: "src/control/journal/journal-state.ts",
    find: "      return { ...state, unfinished: { start: record, undoing: undefined } }",
    replace: "      return state",
    caughtBy: "crash-every-step",
    only: "grow: supervisor after record 6 (",
    caughtAs: /which had been promised/,
  },
  "overrides-forgotten": {
    words: "a resumed plan does not write down what was asked for",
    file: "src/control/reign.ts",
    find: '    else if (start.kind === "change") await this.#overrides.say(start.overrides)\n',
    replace: "",
    caughtBy: "crash-every-step",
    only: "supervisor after record 1 (",
    full: true,
    caughtAs: /the next supervisor went from/,
  },
  "write-repeated": {
    words: "the front door sends a request again that may not be repeated",
    file: "src/tiers/edge/retry-rules.ts",
    find: "return idempotent.has(method)",
    replace: "return idempotent.has(method) || true",
    caughtBy: "kill-any",
    only: "freeze web",
    full: true,
    caughtAs: /acknowledged-once: doubled|linearizable-registers: no-order/,
  },
  "never-repeated": {
    words: "the front door never sends a request again, not even one that may be repeated",
    file: "src/tiers/edge/retry-rules.ts",
    find: 'attempt.replays < most ? "replay" : "give-up"',
    replace: 'attempt.replays < 0 ? "replay" : "give-up"',
    caughtBy: "kill-any",
    only: "kill web",
    caughtAs: /web/,
  },
  "silence-ignored": {
    words: "a backend that listens and does not answer its health checks is never left",
    file: "src/tiers/edge/backend-health.ts",
    find: 'return health.reach === "up" ? { ...health, reach: "silent" } : health',
    replace: "return health",
    caughtBy: "supervisor-dead",
    caughtAs: /had not left/,
  },
  "gate-refuses": {
    words: "work that waits for the database is refused as soon as it is away",
    file: "src/tiers/data/postgres/pool.ts",
    find: "    this.#gate.reason = messageOf(error)\n",
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
  "stop-cuts": {
    words: "a process that is told to leave cuts the requests it has begun",
    file: "src/boot/instance-process.ts",
    find: "await this.#edge?.stop(drainTimeoutMs)",
    replace: "await this.#edge?.stop(0)",
    caughtBy: "stop-any",
    only: "app-1",
    caughtAs: /ended before the answer|upload: /,
  },
  "wall-clock-counted": {
    words: "deadlines and back-offs are counted on the wall clock",
    file: "src/kit/node/system-clock.ts",
    find: "monotonicMs: () => performance.now()",
    replace: "monotonicMs: () => Date.now()",
    caughtBy: "clock-skew",
    only: "web-2 dies twice",
    caughtAs: /web-2 was not replaced/,
  },
}

export function bugNamed(name: string): PlantedBug {
  const bug = plantedBugs[name]
  if (bug === undefined) throw new Error(`no bug is called ${name}`)
  return bug
}
