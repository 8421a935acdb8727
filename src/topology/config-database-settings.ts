import { z } from "zod"

const name = z.string().regex(/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/)
const value = z.union([z.string().max(1_000), z.number(), z.boolean()])

/** What `data/settings` says: settings of Postgres by their names, in its own words. Whether it knows them, it is asked. */
export const databaseSettingsSchema = z.record(name, value)

export type DatabaseSettings = z.output<typeof databaseSettingsSchema>

/** Names that are Banyan's, by why; one that ends in `_` is the beginning of several. */
const reserved: Readonly<Record<string, readonly string[]>> = {
  "use data/sharedBuffersMb": ["shared_buffers"],
  "what is acknowledged is on disk, and with replicas on another one's": [
    ...["fsync", "full_page_writes", "synchronous_commit", "synchronous_standby_names", "wal_log_hints"],
    ...[
      "data_checksums",
      "ignore_checksum_failure",
      "zero_damaged_pages",
      "data_sync_retry",
      "wal_sync_method",
    ],
  ],
  "replicas, backups and failover depend on it, and Banyan sets it": [
    ...[
      "wal_level",
      "archive_",
      "restore_command",
      "recovery_",
      "primary_",
      "hot_standby",
      "hot_standby_feedback",
    ],
    ...[
      "max_wal_senders",
      "max_replication_slots",
      "max_active_replication_origins",
      "max_slot_wal_keep_size",
    ],
    ...["max_logical_replication_workers", "max_worker_processes", "max_locks_per_transaction"],
    ...["max_prepared_transactions", "max_connections", "wal_keep_size", "wal_retrieve_retry_interval"],
    ...[
      "wal_receiver_status_interval",
      "wal_sender_timeout",
      "wal_receiver_timeout",
      "track_commit_timestamp",
    ],
    ...[
      "restart_after_crash",
      "sync_replication_slots",
      "synchronized_standby_slots",
      "idle_replication_slot_timeout",
    ],
  ],
  "how the server is reached and started is Banyan's": [
    ...[
      "cluster_name",
      "listen_addresses",
      "unix_socket_",
      "port",
      "data_directory",
      "config_file",
      "hba_file",
    ],
    ...[
      "ident_file",
      "external_pid_file",
      "dynamic_shared_memory_type",
      "io_method",
      "shared_preload_libraries",
    ],
    ...[
      "include",
      "include_if_exists",
      "include_dir",
      "password_encryption",
      "allow_system_table_mods",
      "default_transaction_read_only",
    ],
  ],
  "its log is Banyan's": [
    "log_destination",
    "logging_collector",
    "log_line_prefix",
    "log_timezone",
    "timezone",
  ],
  "statements can hold what users typed": ["log_min_error_statement", "log_parameter_"],
}

/** Why a setting is not the configuration's to say; undefined when it is. */
export function whyReserved(setting: string): string | undefined {
  const isOne = (begins: string) => (begins.endsWith("_") ? setting.startsWith(begins) : setting === begins)
  return Object.entries(reserved).find(([, names]) => names.some(isOne))?.[0]
}

/** Rules between its fields. */
export function databaseSettingsProblems(settings: DatabaseSettings, engine: string): string[] {
  const names = Object.keys(settings)
  if (names.length > 0 && engine !== "embedded")
    return ["data/settings: should be left out without a database of Banyan's"]
  return names.flatMap(setting => {
    const [why, text] = [whyReserved(setting), String(settings[setting])]
    if (why !== undefined) return [`data/settings/${setting}: should be left out: ${why}`]
    return /[\0\r\n]/.test(text)
      ? [`data/settings/${setting}: should be one line, got ${JSON.stringify(text)}`]
      : []
  })
}
