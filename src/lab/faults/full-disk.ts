import { spawnSync } from "node:child_process"
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Fault, SkippedFault } from "./fault.ts"

const pageBytes = 4096

export type SmallDiskOptions = {
  /** Where the folder for it is made. */
  readonly parent: string
  readonly sizeMb: number
}

type Impossible = Pick<SkippedFault, "why" | "remedy">

/** A file system of its own, in memory, small enough to be filled within a moment. */
export class SmallDisk {
  /** Where it is mounted; only its owner may look into it. */
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  /** The disk, or why there is none here. */
  static mount({ parent, sizeMb }: SmallDiskOptions): SmallDisk | Impossible {
    const folder = mkdtempSync(join(parent, "banyan-disk-"))
    const { error, status, stderr } = spawnSync(
      "mount",
      ["-t", "tmpfs", "-o", `size=${sizeMb}m,mode=700`, "none", folder],
      { encoding: "utf8" },
    )
    if (status === 0) return new SmallDisk(folder)
    rmdirSync(folder)
    const reason = error?.message ?? stderr.trim()
    const remedy = "run it as root, or by `npx banyan drill` where user namespaces are allowed"
    return { why: `a small file system could not be mounted: ${reason}`, remedy }
  }

  /** Not while anybody works in it. */
  unmount(): void {
    const { status, stderr } = spawnSync("umount", [this.folder], { encoding: "utf8" })
    if (status !== 0) throw new Error(`${this.folder} could not be unmounted: ${stderr.trim()}`)
    rmdirSync(this.folder)
  }
}

/** How often what others have freed is filled up again. */
const refillEveryMs = 20

/** Not a byte is left until it is healed, as if a log ran away there: every write that needs room fails with ENOSPC. */
export function fullDiskFault({ folder }: SmallDisk, subject: string): Fault {
  const filler = join(folder, "filler")
  let refilling: NodeJS.Timeout | undefined
  return {
    name: "full-disk",
    subject,
    async strike() {
      // The last pages one by one: a page is the least a file can grow by.
      for (const bytes of [1024 * 1024, pageBytes]) appendUntilFull(filler, Buffer.alloc(bytes))
      refilling = setInterval(() => appendUntilFull(filler, Buffer.alloc(pageBytes)), refillEveryMs)
      refilling.unref()
    },
    async heal() {
      clearInterval(refilling)
      rmSync(filler, { force: true })
    },
  }
}

function appendUntilFull(path: string, bytes: Buffer): void {
  try {
    for (;;) writeFileSync(path, bytes, { flag: "a" })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error
  }
}
