import { Socket } from "node:net"
import type { Epoch } from "../../wire/epoch.ts"
import { onLines } from "../../wire/node/lines.ts"
import type { FromKeeper, HostCall, KeeperWork, SeenServer, ToKeeper } from "./keeper-protocol.ts"
import { takeLock } from "./lock-file.ts"
import { heardError, sayError } from "./said-error.ts"

/** What a keeper's work needs of its host. Each call is made in the name of an act, with its epoch. */
export type KeeperHost = {
  /** Rejects as the agent refuses: BN1401, BN1404, BN1405, BN1406. */
  call(call: HostCall): Promise<unknown>
  progress(id: string, words: string): void
  seen(servers: readonly SeenServer[]): void
}

/** What a keeper does; boot makes it of the data tier's doers. */
export type KeeperHands = {
  /** Resolves with what the work answers, as JSON. */
  do(work: KeeperWork, epoch: Epoch): Promise<unknown>
  /** These run, and are to be looked at. */
  watch(ids: readonly string[]): void
}

export type RunKeeperOptions = {
  readonly linkFd: number
  readonly runFolder: string
  readonly hands: (payload: string, host: KeeperHost) => KeeperHands
}

const lockName = "keeper.lock"
const lookAtLockMs = 20

/**
 * Serves as the keeper of this host's databases until the link ends: then, or when the agent kills it, it is gone in the
 * middle of whatever it does, and the next one begins there. There is never a second one: it waits for the former's end.
 */
export function runKeeper({ linkFd, runFolder, hands }: RunKeeperOptions): void {
  const link = new Socket({ fd: linkFd, readable: true, writable: true })
  const end = () => process.exit(0)
  link.on("error", end)
  link.on("close", end)
  link.on("end", end)
  const say = (line: FromKeeper) => void link.write(`${JSON.stringify(line)}\n`)
  const pending = new Map<number, PromiseWithResolvers<unknown>>()
  let [lastCall, keeper, ready]: [number, KeeperHands | undefined, Promise<void>] = [
    0,
    undefined,
    alone(runFolder),
  ]
  const host: KeeperHost = {
    call(call) {
      const answer = Promise.withResolvers<unknown>()
      pending.set(++lastCall, answer)
      say({ type: "call", call: lastCall, ...call })
      return answer.promise
    },
    progress: (id, words) => say({ type: "progress", id, words }),
    seen: servers => say({ type: "seen", servers }),
  }
  const work = async (line: Extract<ToKeeper, { type: "work" }>) => {
    try {
      await ready
      say({ type: "done", call: line.call, value: (await keeper?.do(line.work, line.epoch)) ?? null })
    } catch (error) {
      say({ type: "failed", call: line.call, error: sayError(error, line.work.act) })
    }
  }
  const settle = (call: number, how: (answer: PromiseWithResolvers<unknown>) => void) => {
    const answer = pending.get(call)
    pending.delete(call)
    if (answer !== undefined) how(answer)
  }
  onLines(link, text => {
    const line = JSON.parse(text) as ToKeeper
    if (line.type === "launch") ready = ready.then(() => void (keeper = hands(line.payload, host)))
    else if (line.type === "work") void work(line)
    else if (line.type === "servers") void ready.then(() => keeper?.watch(line.ids))
    else if (line.type === "ping") say({ type: "pong" })
    else if (line.type === "done") settle(line.call, answer => answer.resolve(line.value))
    else settle(line.call, answer => answer.reject(heardError(line.error)))
  })
}

/** The keeper of an agent that was killed ends by itself in a moment; one that hangs in there is ended. */
async function alone(runFolder: string): Promise<void> {
  for (let looks = 0; ; looks++) {
    const former = takeLock(runFolder, lockName)
    if (former === undefined) return
    if (looks === 50) process.kill(former.pid, "SIGKILL")
    await new Promise(resolve => setTimeout(resolve, lookAtLockMs))
  }
}
