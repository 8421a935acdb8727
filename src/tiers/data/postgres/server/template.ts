import { randomBytes } from "node:crypto"
import { chownSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Binaries } from "./binaries.ts"
import { makeOnce } from "./make-once.ts"
import type { Owner, RunAs } from "./run-as.ts"
import { runCommand } from "./run-command.ts"

/** Raised when initdb's arguments below change. */
const templateFormat = 2
export const superuser = "banyan"

/**
 * A fresh data folder, made once per version and then copied: a copy takes a tenth of initdb's time. Its superuser's
 * password is thrown away; each copy gets its own. Returns its path.
 */
export async function ensureTemplate(cacheFolder: string, binaries: Binaries, as: RunAs): Promise<string> {
  const template = join(cacheFolder, `postgres-${binaries.version}-${templateFormat}`)
  await makeOnce(template, async temporary => {
    ownedFolder(temporary, as)
    const passwordFile = `${temporary}.password`
    writeFileSync(passwordFile, randomBytes(24).toString("base64url"), { mode: 0o600 })
    own(passwordFile, as)
    try {
      await runCommand({ ...as, argv: as.wrap(initdb(binaries, temporary, passwordFile)) }, cacheFolder)
    } finally {
      rmSync(passwordFile, { force: true })
    }
  })
  return template
}

function initdb(binaries: Binaries, folder: string, passwordFile: string): readonly [string, ...string[]] {
  return [
    binaries.initdb,
    `--pgdata=${folder}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    // A promotion begins a whole new log file (16 MiB unless said here) before anybody can write, and so does a copy.
    "--wal-segsize=4",
    // The same order on every machine and in every later version: byte order, with Unicode's case mapping.
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
  ]
}

/** A private folder of the server's user. */
export function ownedFolder(path: string, as: RunAs): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  own(path, as)
}

export function own(path: string, as: Owner): void {
  if (as.uid !== undefined && as.gid !== undefined) chownSync(path, as.uid, as.gid)
}
