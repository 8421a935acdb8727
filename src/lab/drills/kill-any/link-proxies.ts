import { paths, webSocketOf } from "../../../boot/project-paths.ts"
import type { Fault } from "../../faults/fault.ts"
import { InterposedSocket } from "../../faults/interposed-socket.ts"
import { killFault } from "../../faults/kill.ts"
import type { Ways } from "../../faults/toxic-proxy/toxic.ts"
import { cutFault } from "../../faults/toxic-proxy/toxic-faults.ts"
import { ToxicProxy } from "../../faults/toxic-proxy/toxic-proxy.ts"
import type { LoadTarget } from "../../load/load.ts"
import type { Stage } from "../stage/on-own-service.ts"
import { passingScene, replaced, type Scene } from "./fault-scenes.ts"

/** What lies between two processes, or between clients and the service: who connects, then to whom. */
export const links = [
  "client-edge",
  "edge-web",
  "web-postgres",
  "web-supervisor",
  "supervisor-agent",
] as const
export type Link = (typeof links)[number]

/**
 * Toxic proxies on the links of a service in stage `balanced`. Clients are sent to one; between processes one is
 * interposed on the Unix socket, and who connects is replaced once, so that its connections are on it. A fault itself,
 * which the end of the drill heals: to take a proxy away breaks what is on it.
 */
export class LinkProxies implements Fault {
  readonly name = "interpose"
  readonly subject = "links"
  readonly #stage: Stage
  readonly #interposed = new Map<Link, InterposedSocket>()
  #clients: ToxicProxy | undefined

  constructor(stage: Stage) {
    this.#stage = stage
  }

  get areThere(): boolean {
    return this.#interposed.size > 0
  }

  /** A cut that heals in time: it costs waiting, and nothing else. */
  async cutScene(link: Link, ways: Ways): Promise<Scene> {
    const proxy = this.#proxyOf(link)
    const scene = { ...(await passingScene(this.#stage)), fault: cutFault(proxy, ways, link) }
    if (link === "client-edge") return { ...scene, target: proxy.address as LoadTarget }
    if (proxy.connections === 0)
      throw new Error(`nothing of ${link} is on its proxy: a cut would cut nothing`)
    return scene
  }

  #proxyOf(link: Link): ToxicProxy {
    const proxy = link === "client-edge" ? this.#clients : this.#interposed.get(link)?.proxy
    if (proxy === undefined) throw new Error(`no proxy was put on ${link}`)
    return proxy
  }

  /**
   * From the agent outwards: who is replaced finds the proxies of all it connects to. None lies yet on what others
   * connect to: until it hears that its server has died, a proxy takes connections that would have been refused.
   */
  async strike(): Promise<void> {
    const { service, target, context } = this.#stage
    const state = await service.settled()
    const instance = (id: string) => state.instances.find(each => each.id === id)!
    const pidOf = (id: string) => instance(id).pid!
    this.#clients = await ToxicProxy.listen({
      listen: { host: "127.0.0.1", port: 0 },
      to: target,
      seed: context.seed,
    })
    await this.#interpose("supervisor-agent", paths.agentSocket)
    await this.#replace("supervisor", state.supervisor.pid)
    await this.#interpose("web-supervisor", paths.controlSocket)
    await this.#interpose("web-postgres", instance("postgres-1").address)
    await this.#replace("web-1", pidOf("web-1"))
    await this.#interpose("edge-web", webSocketOf("web-1"))
    await this.#replace("edge-1", pidOf("edge-1"))
  }

  async heal(): Promise<void> {
    await this.#clients?.close()
    for (const interposed of this.#interposed.values()) await interposed.close()
  }

  async #interpose(link: Link, path: string): Promise<void> {
    this.#interposed.set(link, await InterposedSocket.at(path, this.#stage.context.seed))
  }

  async #replace(name: string, pid: number): Promise<void> {
    await this.#stage.faults.inject(killFault(name, pid))
    await replaced(pid, name, this.#stage)
  }
}
