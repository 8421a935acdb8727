import { defineErrors } from "../../../kit/errors.ts"

const nothingLost = "Nothing was changed: the data that was there is as it was."

/** What can go wrong with backups. No error of theirs ever stops the service. */
export const backupError = defineErrors({
  BN2401: {
    fault: "system",
    say: d => `${d.target}: ${d.doing} ${d.name} failed: ${d.reason}`,
    todo: "The log waits in the database's own folder and is sent as soon as the target answers. See `npx banyan backup list`.",
  },
  BN2402: {
    fault: "user",
    say: d => `${d.target}: no room is left for ${d.name}: ${d.reason}`,
    todo: "Free some space there, or keep fewer backups (data.backup.keep). It goes on by itself then.",
  },
  BN2403: {
    fault: "user",
    say: d => `${d.target}: there is no ${d.name}`,
    todo: "`npx banyan backup list` shows what is there. A file of the log that is gone ends what can be restored before it.",
  },
  BN2404: {
    fault: "user",
    say: d => `${d.target}: backups cannot be kept there: ${d.reason}`,
    todo: "Make the folder, mount its disk, or name another target in data.backup.target. The folder itself is never made: a missing mount would fill the wrong disk.",
  },
  BN2405: {
    fault: "user",
    say: d => `${d.file}: the key for the backups' target cannot be read: ${d.reason}`,
    todo: 'Write { "accessKeyId": "...", "secretAccessKey": "..." } there, mode 0600, and name it in data.backup.credentialsFile.',
  },
  BN2406: {
    fault: "user",
    say: d => `no target for backups is named: ${d.reason}`,
    todo: 'Say where they belong: data: { backup: { target: "/mnt/backups/beigel" } }, or restore with --from.',
  },
  BN2407: {
    fault: "user",
    say: d => `${d.target} holds the backups of another database (${d.found}, this one is ${d.wanted})`,
    todo: "Give each service a folder or a prefix of its own. Nothing was written there.",
  },
  BN2408: {
    fault: "system",
    say: d => `${d.name} of ${d.target} is damaged: ${d.reason}`,
    todo: "An older backup, or a time before it, can still be restored: `npx banyan backup list`.",
  },
  BN2409: {
    fault: "system",
    say: d => `the log from ${d.from} on is gone from ${d.server}: it was not archived in time`,
    todo: "A new base backup is taken now; moments between the gap and its end cannot be restored. Mend the target sooner, or raise max_slot_wal_keep_size.",
  },
  BN2410: {
    fault: "system",
    say: d => `the log of ${d.server} cannot be archived: ${d.reason}`,
    todo: "It is tried again and again; the log waits in the database's folder, up to max_slot_wal_keep_size.",
  },
  BN2411: {
    fault: "user",
    say: d => `\`${d.text}\` is neither a time, \`latest\`, nor the name of a backup`,
    todo: "A time is written 2026-11-21T22:38:13Z or with an offset (+01:00). Names: `npx banyan backup list`.",
  },
  BN2412: {
    fault: "user",
    say: d => `${d.target} holds no backup of a database`,
    todo: "Take one: npx banyan backup. Or say where they are: --from <folder or s3://bucket/prefix>.",
  },
  BN2413: {
    fault: "user",
    say: d => `${d.wanted} is before the first moment that can be restored, ${d.first}`,
    todo: "Choose a later time. How far back backups reach is data.backup.keep times data.backup.everyMs.",
  },
  BN2414: {
    fault: "user",
    say: d => `${d.wanted} is after the archived log, which reaches ${d.last}`,
    todo: "Restore everything there is: npx banyan restore --to latest",
  },
  BN2415: {
    fault: "user",
    say: d => `${d.wanted} lies in the future; it is ${d.now}`,
    todo: "Look at the offset: a time without one counts as UTC. `--to latest` restores everything there is.",
  },
  BN2416: {
    fault: "user",
    say: d => `${d.target} lacks ${d.name}, a part of the log that is needed for ${d.wanted}`,
    todo: "Nothing was changed. Choose a time before it, or after a later backup: `npx banyan backup list`.",
  },
  BN2417: {
    fault: "user",
    say: d => `the backup ${d.name} is of another database (${d.found}); the data here is of ${d.wanted}`,
    todo: "Name the right target with --from. To replace this database by another one, move its folder away first.",
  },
  BN2418: {
    fault: "user",
    say: d => `the backup ${d.name} is of PostgreSQL ${d.found}; this is ${d.wanted}`,
    todo: "Restore it with the version of Banyan that took it. Nothing was changed.",
  },
  BN2419: {
    fault: "user",
    say: d => `${d.folder} has no room for the restored data: ${d.needed} MiB are needed, ${d.free} are free`,
    todo: "Free some space; the former data is kept aside until you remove it. Nothing was changed.",
  },
  BN2420: {
    fault: "system",
    say: d => `the restored database did not reach ${d.wanted}: ${d.reason}`,
    todo: nothingLost,
  },
  BN2421: {
    fault: "user",
    say: d => `a server still works in ${d.folder}`,
    todo: "Take the service down first: npx banyan down. Nothing was changed.",
  },
  BN2422: {
    fault: "user",
    say: d => `the restored data was prepared for another place than ${d.folder}, the present primary's`,
    todo: "Another database became the primary meanwhile, or a mount changed: restore again. Nothing was changed.",
  },
  BN2423: {
    fault: "user",
    say: d => `a restore (process ${d.pid}) is putting other data in the place of ${d.folder}`,
    todo: "Start again when it is done. Should it hang, end it: the next start puts back what it had moved.",
  },
})
