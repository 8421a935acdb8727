import { mkdirSync, rmdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { messageOf } from "../../kit/errors.ts"
import { become, move, textAt, thawCgroup } from "./cgroup-files.ts"
import type { Freezer } from "./freezer.ts"
import { guarded } from "./guard.ts"

/** Where cgroups of one version live, and how these are frozen (Documentation/admin-guide of Linux). */
export type CgroupVersion = {
  readonly how: string
  /** The folder of this process's own cgroup: new ones are made in it. */
  readonly home: string
  readonly mount: string
  /** Which line of /proc/<pid>/cgroup names a process's place. */
  readonly line: RegExp
  readonly control: string
  readonly frozen: string
  readonly thawed: string
  readonly isFrozen: (folder: string) => boolean
}

let found: ReturnType<typeof probe> | undefined
let count = 0

/** Whether this user may freeze with cgroups here, found out by making one. Version 2 first: there the frozen can be killed. */
export function cgroupFreezer(): ReturnType<typeof probe> {
  found ??= probe()
  return found
}

/** A cgroup of its own: processes are moved in, frozen all at once, and moved back where they came from. */
export class CgroupFreezer implements Freezer {
  readonly how: string
  readonly #version: CgroupVersion
  readonly #folder: string
  /** Where each came from. */
  readonly #homes = new Map<number, string>()
  #made = false
  #release = () => {}

  constructor(version: CgroupVersion) {
    this.#version = version
    this.how = version.how
    this.#folder = join(version.home, `banyan-freeze-${process.pid}-${++count}`)
  }

  async freeze(members: () => readonly number[]): Promise<void> {
    const { home, control, thawed } = this.#version
    this.#release = guarded({ kind: "cgroup", folder: this.#folder, home, control, thawed })
    mkdirSync(this.#folder)
    this.#made = true
    // Children born in it stay in it: one round that finds nobody new is the end.
    for (;;) {
      const fresh = members().filter(pid => !this.#homes.has(pid))
      if (fresh.length === 0) break
      for (const pid of fresh) this.#moveIn(pid)
    }
    writeFileSync(join(this.#folder, this.#version.control), this.#version.frozen)
    await become(this.#folder, "stand still", () => this.#version.isFrozen(this.#folder))
  }

  async thaw(): Promise<void> {
    if (!this.#made) return
    const group = { ...this.#version, folder: this.#folder }
    await thawCgroup(group, pid => this.#homes.get(pid) ?? this.#version.home)
    this.#made = false
    this.#release()
  }

  #moveIn(pid: number): void {
    const place = placeOf(pid, this.#version)
    if (place === undefined) return
    // Who was born in here goes where the first of them came from.
    const [first = this.#version.home] = this.#homes.values()
    this.#homes.set(pid, place === this.#folder ? first : place)
    move(pid, this.#folder)
  }
}

function probe():
  | { readonly possible: true; readonly version: CgroupVersion }
  | { readonly possible: false; readonly why: string } {
  const whys: string[] = []
  for (const version of [versionTwo(), versionOne()]) {
    if (version === undefined) continue
    const folder = join(version.home, `banyan-probe-${process.pid}`)
    try {
      mkdirSync(folder)
    } catch (error) {
      whys.push(messageOf(error))
      continue
    }
    try {
      writeFileSync(join(folder, version.control), version.thawed)
      return { possible: true, version }
    } catch (error) {
      whys.push(messageOf(error))
    } finally {
      rmdirSync(folder)
    }
  }
  return { possible: false, why: whys[0] ?? "no cgroup file system with a freezer is mounted" }
}

function versionTwo(): CgroupVersion | undefined {
  return placed(/^\S+ (\S+) cgroup2 /m, {
    how: "cgroup freezer (version 2)",
    line: /^0::(.*)$/m,
    control: "cgroup.freeze",
    frozen: "1",
    thawed: "0",
    isFrozen: folder => /^frozen 1$/m.test(textAt(join(folder, "cgroup.events"))),
  })
}

function versionOne(): CgroupVersion | undefined {
  return placed(/^\S+ (\S+) cgroup \S*\bfreezer\b/m, {
    how: "cgroup freezer (version 1)",
    line: /^\d+:freezer:(.*)$/m,
    control: "freezer.state",
    frozen: "FROZEN",
    thawed: "THAWED",
    isFrozen: folder => textAt(join(folder, "freezer.state")).trim() === "FROZEN",
  })
}

function placed(mounted: RegExp, rest: Omit<CgroupVersion, "home" | "mount">): CgroupVersion | undefined {
  const mount = mounted.exec(textAt("/proc/self/mounts"))?.[1]
  if (mount === undefined) return undefined
  const home = placeOf(process.pid, { mount, line: rest.line })
  return home === undefined ? undefined : { ...rest, mount, home }
}

function placeOf(pid: number, { mount, line }: Pick<CgroupVersion, "mount" | "line">): string | undefined {
  const path = line.exec(textAt(`/proc/${pid}/cgroup`))?.[1]
  return path === undefined ? undefined : join(mount, path)
}
