import { defineErrors } from "../../kit/errors.ts"

/** Work that could not be done now and may be tried again later: what an HTTP service answers with. */
const unavailable = 503

export const dataError = defineErrors({
  BN2201: {
    fault: "system",
    say: d => `the database is busy or away: ${d.waiting} pieces of work wait already; this one was refused`,
    todo: "Try again in a moment. Under steady load: raise the pool size, or scale.",
  },
  BN2202: {
    fault: "system",
    say: d => `no connection to the database within ${d.waitedMs} ms: ${d.reason}`,
    todo: "Try again in a moment. `npx banyan status` shows whether the database runs.",
  },
  BN2203: {
    fault: "system",
    say: d => `the connection to the database was lost; ${outcomes[String(d.kind)]} (${d.reason})`,
    todo: "Repeat it when it was never sent or rolled back, or when doing it twice does no harm.",
  },
  BN2204: {
    fault: "system",
    say: () => "the database layer of this process is closed",
    todo: "Nothing: the process is ending. Stop giving it work before `close()`.",
  },
  BN2205: {
    fault: "system",
    say: d => `${d.address} is not the database this process works with: ${d.reason}`,
    todo: "Nothing when a failover is under way: it is asked again. Otherwise look which server listens there.",
  },
  BN2206: {
    fault: "user",
    say: d =>
      `LISTEN: the channel name ${JSON.stringify(d.channel)} has ${d.bytes} bytes; 1 to 63 are allowed`,
    todo: "Choose a shorter name: Postgres would cut it, and two names could become one.",
  },
  BN2210: {
    fault: "user",
    say: d => `migration ${d.name} failed: ${d.reason}`,
    todo: "Mend it and start again: a failed migration leaves nothing behind, earlier ones stay.",
  },
  BN2211: {
    fault: "user",
    say: d => `${d.folder}: the migrations cannot be read: ${d.reason}`,
    todo: "Check `migrations` in defineApp: a folder, relative to the app's module, with files like 0001-cafes.ts.",
  },
  BN2212: {
    fault: "user",
    say: d => `the migrations in ${d.folder} do not fit the database: ${d.reason}`,
    todo: "Put the missing file back, or give a new migration a name that sorts after those already run.",
  },
  BN2220: {
    fault: "user",
    say: d => `table ${d.table} is declared ${d.kind}, but the database has no such table`,
    todo: "Create it in a migration, or take it out of defineTables.",
  },
  BN2221: {
    fault: "user",
    say: d => `table ${d.table} is declared ${d.kind} by ${d.shardKey}, but has no primary key`,
    todo: "Give it one that starts with the shard key, in a migration: primary key (<shard key>, id).",
  },
  BN2222: {
    fault: "user",
    say: d =>
      `table ${d.table} is declared ${d.kind} by ${d.shardKey}, but its primary key is (${d.primaryKey}): ` +
      `it must start with ${d.shardKey}`,
    todo: "Write `primary key (<shard key>, <the rest>)` in its migration, or declare another shard key.",
  },
  BN2230: {
    fault: "user",
    say: d => `there is no embedded Postgres for ${d.platform}: ${d.reason}`,
    todo: "Run `npm ci` with optional dependencies (no --omit=optional), or name a Postgres of your own.",
  },
  BN2231: {
    fault: "user",
    say: d => `Postgres refuses to run as root, and no other way works here: ${d.reason}`,
    todo: "Start as an ordinary user, or allow user namespaces, or make /var/lib/banyan writable for root.",
  },
  BN2232: {
    fault: "user",
    say: d => `BANYAN_POSTGRES_AS=${d.forced} cannot be used: ${d.reason}`,
    todo: "Unset it, or set it to direct (ordinary users), userns or nobody (root).",
  },
  BN2233: {
    fault: "user",
    say: d => `${d.folder} was made by Postgres ${d.found}; this is Postgres ${d.wanted}`,
    todo: "Install the Banyan version that made it, and dump and restore. The folder was not touched.",
  },
  BN2234: {
    fault: "user",
    say: d => `${d.folder} is no data folder of Banyan's: ${d.reason}`,
    todo: "Move it away; a new one is made at the next start. It was not touched.",
  },
  BN2235: {
    fault: "user",
    say: d => `${d.folder} belongs to user ${d.owner}; Postgres would run as user ${d.wanted}`,
    todo: "Start as the user that started it first, or change the owner of the folder (chown -R).",
  },
  BN2236: {
    fault: "user",
    say: d => `${d.folder}: the disk is full: ${d.reason}`,
    todo: "Free some space (a new database needs about 60 MB) and start again. Nothing is left half-made.",
  },
  BN2237: {
    fault: "user",
    say: d => `${d.folder} cannot be written: ${d.reason}`,
    todo: "Give this user the right to write there and start again.",
  },
  BN2238: {
    fault: "system",
    say: d => `${d.program} failed: ${d.reason}`,
    todo: "The sentence is the program's own. `npx banyan doctor` checks what it needs.",
  },
  BN2239: {
    fault: "system",
    say: d => `${d.id} (pid ${d.pid}) ended before it was ready: ${d.reason}`,
    todo: "Its log tells more: `npx banyan logs postgres-1`. Its data folder was not touched.",
  },
  BN2240: {
    fault: "system",
    say: d => `${d.id} (pid ${d.pid}) was not ready in time; its state is ${d.state}`,
    todo: "After a crash it may be recovering from its log; see `npx banyan logs postgres-1`.",
  },
  BN2241: {
    fault: "user",
    say: d =>
      `the data of ${d.id} lies in ${d.folder} (run as ${d.recorded}); as ${d.wanted} it would be started empty`,
    todo: "Start it as before (BANYAN_POSTGRES_AS=<that>), or move the folder away for a new, empty database.",
  },
  BN2242: {
    fault: "user",
    say: d => `the socket path ${d.path} has ${d.bytes} bytes; the system allows ${d.max}`,
    todo: "Use a shorter path. Relative to the project folder it always fits.",
  },
  BN2243: {
    fault: "user",
    say: d => `${d.file} cannot be read: ${d.reason}`,
    todo: "Give this user its file back; or delete it: new passwords are made at the next start, data stays.",
  },
  BN2244: {
    fault: "user",
    say: d => `data/settings: Postgres does not take this: ${d.reason}`,
    todo: 'Mend it in banyan.config.ts; the manual\'s chapter "Server Configuration" names every setting. Nothing was changed.',
  },
  BN2270: {
    fault: "user",
    say: () =>
      "transact was called within another transact: the outer one may run its work, and so this one, again",
    todo: "Do all of it in one transaction, by the `trx` that the outer work was given; or one after the other.",
  },
  BN2271: {
    fault: "user",
    say: d => `transact needs the table ${d.table}, and this role may not make it: ${d.reason}`,
    todo: "Make it in a migration under a role that may: `await createTransactTable(db)` of `banyan/data`.",
  },
  BN2272: {
    fault: "user",
    say: () =>
      "transact needs a Kysely over BanyanDialect: of another dialect's losses nobody knows what kind they are",
    todo: "Write `createTransact({ db: new Kysely({ dialect: new BanyanDialect({ primary }) }) })`.",
  },
  BN2280: {
    fault: "user",
    say: d => `${d.url} cannot be used as the URL of a database: ${d.reason}`,
    todo: "Write postgres://user:password@host:5432/database, or ...@localhost/database?host=/folder for a Unix socket.",
  },
  BN2281: {
    fault: "user",
    say: d => `${d.method} is not done by BanyanDialect: ${d.reason}`,
    todo: "Read in pages (`where id > ... limit n`), or use a pg connection of your own with pg-cursor.",
  },
  BN2290: {
    fault: "user",
    say: d =>
      `Postgres refused it: ${d.reason} (${d.sqlState}${d.position === undefined ? "" : `, at letter ${d.position}`})${d.hint === undefined ? "" : `; ${d.hint}`}`,
    todo: "One statement that reads: select, values, table, show, explain. It may see what the app's role has made, and changes nothing.",
  },
  BN2291: {
    fault: "user",
    say: d => `no answer within ${d.timeoutMs} ms; it was given up`,
    todo: "Look at its plan (`explain select ...`), ask for less, or give it more time.",
  },
  BN2292: {
    fault: "system",
    say: d => `the database cannot be asked: ${d.reason}`,
    todo: "`npx banyan status` shows whether it runs; ask another instance, or again in a moment.",
  },
  BN2293: {
    fault: "user",
    say: d => `nothing was asked: the role ${d.user} may do more than read: ${d.reason}`,
    todo: "Give it `select` on the tables that may be shown, and no more; `data/readerUrl` names it.",
  },
  BN2294: {
    fault: "user",
    say: d => `there is no database \`${d.id}\`; there are: ${d.known}`,
    todo: "Name one of these, `primary` or `replica`; or leave it out.",
  },
  BN2295: {
    fault: "user",
    say: () => "it was cancelled",
    todo: "Nothing: the server gave it up as well.",
  },
  BN2296: {
    fault: "user",
    say: d => `${d.running} statements run already`,
    todo: "Wait for one of them, or cancel it.",
  },
  BN2297: {
    fault: "user",
    say: () => "the database is your own, and no role is named that may only read",
    todo: "Make one (`create role reader login password '...'; grant select on all tables in schema public to reader`) and name it in `data/readerUrl`.",
  },
})

const outcomes: Readonly<Record<string, string>> = {
  "never-sent": "the work was never sent",
  "rolled-back": "its transaction was rolled back",
  unknown: "whether the work was done is unknown",
}

/**
 * What is known of work whose connection was lost. `never-sent` and `rolled-back` had no effect and may be repeated;
 * of `unknown` only the database can tell.
 */
export type LostKind = "never-sent" | "rolled-back" | "unknown"

/** The kind of a BN2203, or undefined for any other error. */
export function lostKindOf(error: unknown): LostKind | undefined {
  if (!isCode(error, "BN2203")) return undefined
  return (error as { details: { kind: LostKind } }).details.kind
}

/** The HTTP status for "not now": 503 when the gate refused or timed out, else undefined. */
export function unavailableStatusOf(error: unknown): 503 | undefined {
  return isCode(error, "BN2201") || isCode(error, "BN2202") ? unavailable : undefined
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && (error as { code?: unknown }).code === code
}
