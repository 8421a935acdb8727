import type { Binaries } from "./binaries.ts"
import type { RunAs } from "./run-as.ts"
import { runCommand } from "./run-command.ts"
import { scramVerifier } from "./scram.ts"
import type { ServerSecrets } from "./server-secrets.ts"
import { name, text } from "./sql-words.ts"

/**
 * What tells copies of one template apart, and stays through failovers: set for the database, so every connection
 * sees it, and replicas hold it too.
 */
export const clusterSetting = "banyan.cluster"

/** The app's role, its database and the cluster's name, in a data folder no server has run on yet. */
export async function provision(folder: Folder, secrets: ServerSecrets, cluster: string): Promise<void> {
  const { user, password, database } = secrets.app
  await singleUser(folder, [
    `create role ${name(user)} login password ${text(scramVerifier(password))}`,
    `create database ${name(database)} owner ${name(user)}`,
    `alter database ${name(database)} set ${clusterSetting} to ${text(cluster)}`,
    superuserPassword(secrets),
    ...replicator(secrets),
    seesReceivers(secrets),
  ])
}

/**
 * Gives existing roles the passwords of a secrets file that was made anew, and a folder from before there were replicas
 * the role for them. No server may be running; a standby gets all this from its primary.
 */
export async function renewPasswords(folder: Folder, secrets: ServerSecrets): Promise<void> {
  const { user, password } = secrets.app
  await singleUser(folder, [
    `alter role ${name(user)} password ${text(scramVerifier(password))}`,
    superuserPassword(secrets),
    ...replicator(secrets),
    seesReceivers(secrets),
  ])
}

export type Folder = { readonly path: string; readonly binaries: Binaries; readonly as: RunAs }

/** `postgres --single`: no socket, no password, one statement a line, the end of input ends it. */
async function singleUser({ path, binaries, as }: Folder, statements: readonly string[]): Promise<void> {
  const argv = as.wrap([
    binaries.postgres,
    "--single",
    "-D",
    path,
    "-F",
    ...["exit_on_error=on", "log_min_messages=error", "log_min_error_statement=panic"].flatMap(one => [
      "-c",
      one,
    ]),
    "postgres",
  ])
  await runCommand({ ...as, argv, input: statements.map(statement => `${statement};\n`).join("") }, path)
}

function superuserPassword({ superuser }: ServerSecrets): string {
  return `alter role ${name(superuser.user)} password ${text(scramVerifier(superuser.password))}`
}

/** Two statements, so that both a fresh and an old folder have the role and its password afterwards. */
function replicator({ replicator: { user, password } }: ServerSecrets): string[] {
  const exists = `select from pg_roles where rolname = ${text(user)}`
  return [
    `do $$ begin if not exists (${exists}) then create role ${name(user)} login replication; end if; end $$`,
    `alter role ${name(user)} password ${text(scramVerifier(password))}`,
  ]
}

/** By a replica's receiver the app's router knows which timeline it is on (router/servers/server-status.ts). */
function seesReceivers({ app: { user } }: ServerSecrets): string {
  return `grant pg_read_all_stats to ${name(user)}`
}
