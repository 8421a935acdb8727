import { createHash, createHmac, randomBytes } from "node:crypto"
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { z } from "zod"
import { messageOf } from "../../../../kit/errors.ts"
import { dataError } from "../../data-errors.ts"
import { explain } from "./make-once.ts"
import { readerUser, replicatorUser } from "./server-settings.ts"

const secretsSchema = z.strictObject({
  format: z.literal(1),
  /** The app's own role: no superuser, owner of its database. */
  app: z.strictObject({ user: z.string(), password: z.string(), database: z.string() }),
  superuser: z.strictObject({ user: z.string(), password: z.string() }),
})
type KeptSecrets = z.infer<typeof secretsSchema>

export type ServerSecrets = KeptSecrets & {
  /** Follows from the superuser's, which nobody can work out from it: so files from before there were replicas have it too. */
  readonly replicator: { readonly user: string; readonly password: string }
  /** Likewise. */
  readonly reader: { readonly user: string; readonly password: string }
}

/**
 * The passwords of a server, from its 0600 file; made at the first call, once, also for two processes at once.
 * Throws BN2236, BN2237, BN2243.
 */
export function serverSecrets(
  file: string,
  names: { user: string; database: string; superuser: string },
): ServerSecrets {
  const kept = read(file)
  if (kept !== undefined) return withDerived(kept)
  const fresh: KeptSecrets = {
    format: 1,
    app: { user: names.user, password: newPassword(), database: names.database },
    superuser: { user: names.superuser, password: newPassword() },
  }
  create(file, `${JSON.stringify(fresh, null, 2)}\n`)
  return withDerived(read(file) ?? fresh)
}

function withDerived(kept: KeptSecrets): ServerSecrets {
  const derived = (user: string) => {
    const password = createHmac("sha256", kept.superuser.password).update(user).digest("base64url")
    return { user, password }
  }
  return { ...kept, replicator: derived(replicatorUser), reader: derived(readerUser) }
}

/** Tells whether a server knows these passwords, without telling the passwords. */
export function fingerprintOf({ reader: _, ...secrets }: ServerSecrets): string {
  // The reader's is told to a server when it is first needed, not before its start.
  return createHash("sha256").update(JSON.stringify(secrets)).digest("hex").slice(0, 32)
}

function newPassword(): string {
  return randomBytes(24).toString("base64url")
}

function read(file: string): KeptSecrets | undefined {
  let text: string
  try {
    text = readFileSync(file, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw dataError("BN2243", { file, reason: messageOf(error) }, error)
  }
  try {
    return secretsSchema.parse(JSON.parse(text))
  } catch {
    // The parser's own words could quote a password.
    throw dataError("BN2243", { file, reason: "it is damaged" })
  }
}

/** A hard link either takes the name or finds it taken: the file appears whole, and the first one stays. */
function create(file: string, text: string): void {
  const temporary = `${file}.${randomBytes(4).toString("hex")}.tmp`
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(temporary, text, { mode: 0o600, flush: true })
    linkSync(temporary, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw explain(error, dirname(file))
  } finally {
    rmSync(temporary, { force: true })
  }
}
