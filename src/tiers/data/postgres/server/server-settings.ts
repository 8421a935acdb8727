import { syncMethod } from "./sync-method.ts"

export type ServerSettings = {
  readonly sharedBuffersMb: number
  readonly maxConnections: number
  /** Others, by Postgres' own names; none of those below. */
  readonly more: Readonly<Record<string, string | number | boolean>>
}

export const defaultServerSettings: ServerSettings = { sharedBuffersMb: 32, maxConnections: 200, more: {} }

/** The name of the socket file is Postgres's own (".s.PGSQL." and the port); the port means nothing else here. */
export const socketPort = 5432
export const socketName = `.s.PGSQL.${socketPort}`

/**
 * What changes while a server runs, by a reload: whom it follows, and whose acknowledgement its commits wait for. Each is
 * a file of its own in the data folder, written whole (replication/upstream.ts, replication/apply-quorum.ts).
 */
export const upstreamConf = "upstream.conf"
export const quorumConf = "quorum.conf"
const includes = [upstreamConf, quorumConf].map(name => `include_if_exists = '${name}'\n`).join("")

/**
 * postgresql.conf, whole. What would need a restart later is right from birth: replicas and logical replication can
 * begin while the server runs. Not archive_mode: backups receive the log (decision 24), and a server that archives ends its log
 * file at its shutdown, which a switchover waits for.
 */
export function postgresqlConf(id: string, settings: ServerSettings, preload: readonly string[]): string {
  return confText({
    cluster_name: id,
    // Only a Unix socket, in the data folder itself (0700). Relative: the server's working directory is that folder.
    listen_addresses: "",
    unix_socket_directories: ".",
    port: socketPort,
    max_connections: settings.maxConnections,
    shared_buffers: `${settings.sharedBuffersMb}MB`,
    dynamic_shared_memory_type: "posix",
    // No helper processes for reading: one server of many on a small machine.
    io_method: "sync",
    shared_preload_libraries: preload.join(","),

    wal_level: "logical",
    wal_log_hints: "on",
    max_wal_senders: 16,
    max_replication_slots: 32,
    max_active_replication_origins: 64,
    max_logical_replication_workers: 16,
    max_worker_processes: 32,
    max_locks_per_transaction: 128,
    max_prepared_transactions: 0,
    hot_standby: "on",
    track_commit_timestamp: "on",
    // A standby asks again at once when its primary is gone: with the default of 5 s a promotion may wait that long.
    wal_retrieve_retry_interval: "10ms",
    // What a replica's readers still look at is not vacuumed away under them.
    hot_standby_feedback: "on",
    wal_receiver_status_interval: "1s",
    // A peer that says nothing for so long is gone, whatever its socket says.
    wal_sender_timeout: "10s",
    wal_receiver_timeout: "10s",
    // Kept on every server, so that replicas can follow whichever of them is promoted.
    wal_keep_size: "128MB",
    // A replica that is away must not fill the primary's disk: past this it is built anew.
    max_slot_wal_keep_size: "1GB",
    // What a server does first after a crash, while everybody waits for it.
    recovery_init_sync_method: syncMethod,

    // A server that crashed ends, and whoever started it starts it again: left to itself it recovers in a loop on a full
    // disk, and may sit there for ever when there is room again.
    restart_after_crash: "off",

    log_destination: "stderr",
    logging_collector: "off",
    log_line_prefix: "%m [%p] ",
    log_timezone: "UTC",
    timezone: "UTC",
    // Statements can hold what users typed.
    log_min_error_statement: "panic",
    log_parameter_max_length: 0,
    ...settings.more,
  }).concat(includes)
}

/** The role replicas log in with: it may read the write-ahead log and nothing else. */
export const replicatorUser = "replicator"

/** The role that people read with: it may select from what the app's role has made, and nothing else. */
export const readerUser = "banyan_reader"

/** pg_hba.conf, whole: whoever reaches the socket still needs a password. */
export const pgHbaConf = `# Written by Banyan at every start.
local all         all           scram-sha-256
local replication ${replicatorUser}    scram-sha-256
`

/** Settings in the form of postgresql.conf. */
export function confText(values: Readonly<Record<string, string | number | boolean>>): string {
  const quoted = (value: string | number | boolean) =>
    String(value).replaceAll("\\", "\\\\").replaceAll("'", "''")
  const lines = Object.entries(values).map(([name, value]) => `${name} = '${quoted(value)}'`)
  return `# Written by Banyan; ALTER SYSTEM (postgresql.auto.conf) overrides it.\n${lines.join("\n")}\n`
}
