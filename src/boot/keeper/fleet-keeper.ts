import { setTimeout as sleep } from "node:timers/promises"
import type { KeeperHands, KeeperHost } from "../../drivers/local/keeper-process.ts"
import type { KeeperWork } from "../../drivers/local/keeper-protocol.ts"
import { FleetRecordFile } from "../../tiers/data/postgres/replication/fleet-record.ts"
import type { Epoch } from "../../wire/epoch.ts"
import { linkPrimary } from "../databases/primary-link.ts"
import { paths } from "../project-paths.ts"
import { configureServers } from "./configure-servers.ts"
import { FleetActs, type Outcome } from "./fleet-acts.ts"
import { FleetServers } from "./fleet-servers.ts"
import { FleetWatch } from "./fleet-watch.ts"
import type { KeeperLaunch } from "./keeper-words.ts"
import { Turns } from "./turns.ts"

/** What concerns all of them; every other turn is named after a server. */
const fleet = "the fleet"
/** What a failover ended cleans up behind itself, but a server that hangs may not hold the failover up. */
const quietWithinMs = 500

/**
 * One act at a time, but for those that only concern one server and take long (its copy): each of these has its own turn,
 * and a failover ends them, and everything else, at once.
 */
export class FleetKeeper implements KeeperHands {
  readonly #turns = new Turns()
  readonly #acts: FleetActs
  readonly #watch: FleetWatch
  readonly #servers: FleetServers

  constructor({ data }: KeeperLaunch, host: KeeperHost) {
    const servers = new FleetServers(data, host)
    this.#servers = servers
    this.#acts = new FleetActs(servers, new FleetRecordFile(paths.fleet))
    this.#watch = new FleetWatch(servers, seen => host.seen(seen))
  }

  watch(ids: readonly string[]): void {
    this.#watch.watch(ids)
  }

  async do(work: KeeperWork, epoch: Epoch): Promise<unknown> {
    const acts = this.#acts
    switch (work.act) {
      case "fail-over": {
        const quiet = this.#turns.quiet()
        this.#turns.endAll(new Error(`${work.former} is being replaced`))
        const failOver = async (signal: AbortSignal) => {
          await Promise.race([quiet, sleep(quietWithinMs)])
          return acts.failOver(work, epoch, signal)
        }
        return this.#shown(await this.#turns.take(fleet, failOver))
      }
      case "prepare":
        await this.#settle(epoch)
        return this.#turns.take(work.id, signal => acts.prepare(work, signal))
      case "attach":
        await this.#settle(epoch)
        return this.#turns.take(work.id, signal => acts.attach(work, epoch, signal))
      case "configure":
        return this.#turns.take(fleet, signal => {
          const onRead = (id: string, isDue: boolean) => this.#watch.told(id, isDue)
          return configureServers({ act: work, servers: this.#servers, onRead, signal })
        })
      case "detach":
        await this.#settle(epoch)
        return this.#turns.take(work.id, signal => acts.detach(work, signal))
      case "switch-over":
        return this.#shown((await this.#turns.take(fleet, signal => acts.do(work, epoch, signal))) as Outcome)
      default:
        return this.#turns.take(fleet, signal => acts.do(work, epoch, signal))
    }
  }

  /** Programs of the user's own read no map, and find the new primary where they found the former one. */
  async #shown(outcome: Outcome): Promise<Outcome> {
    if (!outcome.done || outcome.promotion === undefined) return outcome
    try {
      linkPrimary((await this.#servers.member(outcome.promotion.id)).address)
    } catch {
      // No promotion fails because a program cannot be told: the disk is full, say. Whoever starts is shown it anew.
    }
    return outcome
  }

  /** In its turn: nobody else may be at work on the one that was to be promoted. */
  #settle(epoch: Epoch): Promise<void> {
    return this.#turns.take(fleet, signal => this.#acts.settle(epoch, signal))
  }
}
