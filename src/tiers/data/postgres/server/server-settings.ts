export type ServerSettings = {
  readonly sharedBuffersMb: number
  readonly maxConnections: number
}

export const defaultServerSettings: ServerSettings = { sharedBuffersMb: 32, maxConnections: 200 }

/** The name of the socket file is Postgres's own (".s.PGSQL." and the port); the port means nothing else here. */
export const socketPort = 5432
export const socketName = `.s.PGSQL.${socketPort}`

/**
 * postgresql.conf, whole. What would need a restart later is right from birth: replicas, logical replication and
 * archiving can begin while the server runs.
 */
export function postgresqlConf(id: string, settings: ServerSettings, preload: readonly string[]): string {
  return conf({
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
    archive_mode: "on",
    archive_command: "/bin/true",
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
    wal_retrieve_retry_interval: "100ms",

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
  })
}

/** pg_hba.conf, whole: whoever reaches the socket still needs a password. */
export const pgHbaConf = `# Written by Banyan at every start.
local all         all scram-sha-256
local replication all scram-sha-256
`

function conf(values: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(values).map(
    ([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'`,
  )
  return `# Written by Banyan at every start; ALTER SYSTEM (postgresql.auto.conf) overrides it.\n${lines.join("\n")}\n`
}
