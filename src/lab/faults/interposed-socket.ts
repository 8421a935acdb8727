import {
  chmodSync,
  chownSync,
  closeSync,
  type FSWatcher,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  watch,
} from "node:fs"
import { connect } from "node:net"
import { basename, dirname, join } from "node:path"
import { setImmediate } from "node:timers/promises"
import { messageOf } from "../../kit/errors.ts"
import { systemClock } from "../../kit/node/system-clock.ts"
import { faultError } from "./fault-errors.ts"
import { ToxicProxy } from "./toxic-proxy/toxic-proxy.ts"

/** A server that keeps an idle connection so long after it ended another is alive. */
const aliveAfterMs = 1000
const probeAgainMs = 5

/**
 * A toxic proxy between a process that listens on a Unix socket and those who connect to it, which neither knows of.
 *
 * A listening socket is reached by every name its file has. So the server's gets a second name, `<path>.real`, and the
 * proxy's is renamed over the first: there is no moment at which nobody listens. Connections made before are not on
 * the proxy; a drill replaces the client process first, or resets them in another way.
 *
 * A server that starts again, or that only makes sure of its place, binds the path anew. That is seen (inotify), and
 * the proxy takes the new one's place within about a millisecond: who connects in that moment passes it by. When the
 * server dies, its dead socket is put back, so that its successor finds what it would have found.
 */
export class InterposedSocket {
  readonly proxy: ToxicProxy
  readonly #names: Names
  readonly #watcher: FSWatcher
  #isRestored = false
  #isClosed = false
  #isProbing = false

  private constructor(names: Names, proxy: ToxicProxy) {
    this.#names = names
    this.proxy = proxy
    // What is bound before the watch begins is seen by the first look.
    this.#watcher = watch(names.folder, (_, name) => {
      if (name === names.base) this.#follow()
    })
    this.#watcher.unref()
  }

  /** Takes the place of the socket at `path`. Throws BN3020: there is none, or it is interposed already. */
  static async at(path: string, seed: number): Promise<InterposedSocket> {
    let names: Names | undefined
    let proxy: ToxicProxy | undefined
    try {
      names = namesOf(path)
      if (!lstatSync(names.path).isSocket()) throw new Error("it is no socket")
      if (inodeOf(names.real) !== undefined)
        throw new Error(`${path}.real is there: it is interposed already`)
      proxy = await ToxicProxy.listen({
        listen: { path: names.ours },
        to: { path: names.real },
        seed,
        onServerGone: () => interposed.#stepAsideIfDead(),
      })
      const interposed = new InterposedSocket(names, proxy)
      interposed.#takePlace()
      return interposed
    } catch (error) {
      await proxy?.close()
      names?.close()
      throw faultError("BN3020", { name: "an interposition", subject: path, reason: messageOf(error) }, error)
    }
  }

  /** Whether who connects to the path comes to the proxy. */
  get isInPlace(): boolean {
    if (this.#isRestored) return false
    const inode = inodeOf(this.#names.path)
    return inode !== undefined && inode === inodeOf(this.#names.ours)
  }

  /**
   * Gives the server its name back: who connects from now on is not on the proxy; who has, stays until `close`. A
   * newer socket at the path is left alone. Resolves when everybody who had connected by then is let in.
   */
  async restore(): Promise<void> {
    if (this.#isRestored) return
    this.#watcher.close()
    this.#putBack()
    this.#isRestored = true
    rmSync(this.#names.ours, { force: true })
    // Sockets are looked at between two turns; one accepts all that wait.
    await setImmediate()
    await setImmediate()
  }

  /** Restores, ends what is on the proxy, and leaves nothing behind. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.restore()
    await this.proxy.close()
    rmSync(this.#names.real, { force: true })
    this.#names.close()
  }

  /**
   * The dead server's socket returns to its path; when the next one is bound there, it is followed. A dying process
   * still takes connections for a moment, and lets go of them: then it is asked again.
   */
  #stepAsideIfDead(): void {
    if (this.#isProbing || !this.isInPlace) return
    this.#isProbing = true
    const probe = connect(this.#names.real)
    let answer: "alive" | "dying" | "dead" = "dying"
    probe.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") answer = "dead"
    })
    probe.setTimeout(aliveAfterMs, () => {
      answer = "alive"
      probe.destroy()
    })
    probe.on("close", () => {
      this.#isProbing = false
      if (answer === "dead") this.#putBack()
      if (answer === "dying") systemClock.after(probeAgainMs, () => this.#stepAsideIfDead())
    })
  }

  #follow(): void {
    const { path, ours, real } = this.#names
    const inode = inodeOf(path)
    // Both have a second name for as long as this lives: their inodes are given to no other file.
    if (inode === undefined || inode === inodeOf(ours) || inode === inodeOf(real)) return
    try {
      this.#takePlace()
    } catch (error) {
      // Gone again already: the next one will be seen as well.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    }
  }

  /** No step of it lets another event of this process in between, a dial of the proxy's least of all. */
  #takePlace(): void {
    const { path, ours, real } = this.#names
    const { mode, uid, gid } = lstatSync(path)
    chmodSync(ours, mode & 0o777)
    if (uid !== lstatSync(ours).uid) chownSync(ours, uid, gid)
    rmSync(real, { force: true })
    linkSync(path, real)
    this.#renameLink(ours, path)
  }

  #putBack(): void {
    if (this.isInPlace) this.#renameLink(this.#names.real, this.#names.path)
  }

  /** Another name for a file, in place of the one that has it. */
  #renameLink(from: string, to: string): void {
    rmSync(this.#names.next, { force: true })
    linkSync(from, this.#names.next)
    renameSync(this.#names.next, to)
  }
}

type Names = ReturnType<typeof namesOf>

/**
 * On Linux a folder's files are reached by its descriptor, too. Such a path is short however deep the folder lies
 * (sun_path holds 107 bytes), and stays right when the working directory changes.
 */
function namesOf(path: string) {
  const [folder, base] = [dirname(path), basename(path)]
  const fd = openSync(folder, "r")
  const inFolder = process.platform === "linux" ? `/proc/self/fd/${fd}` : folder
  const own = join(inFolder, base)
  return {
    folder,
    base,
    path: own,
    real: `${own}.real`,
    ours: `${own}.ours`,
    next: `${own}.next`,
    close: () => closeSync(fd),
  }
}

function inodeOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino
}
