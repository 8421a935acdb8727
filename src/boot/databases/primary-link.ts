import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { basename, dirname, join, relative } from "node:path"
import type { Address } from "../../wire/map.ts"
import { paths } from "../project-paths.ts"

/**
 * Where a program of the user's own finds the primary, whoever that is: a name beside which the socket of another one is put
 * when it takes its place. A program knows one address for life; whoever connects anew comes to the primary. A name in the
 * file system cannot hang or die, as a process in between could (docs/decisions/0033).
 */
export function linkPrimary(address: Address): Address {
  if (!("path" in address)) return address
  const link = join(paths.primary, basename(address.path))
  const fresh = `${link}.${process.pid}`
  mkdirSync(paths.primary, { recursive: true, mode: 0o700 })
  rmSync(fresh, { force: true })
  symlinkSync(relative(dirname(link), address.path), fresh)
  renameSync(fresh, link)
  return { path: link }
}
