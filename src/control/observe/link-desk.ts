import { messageOf } from "../../kit/errors.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { DownMessage, Hello, UpMessage } from "../../wire/messages.ts"
import type { Report } from "../../wire/report.ts"
import type { TracePart } from "../../wire/request-trace.ts"

export type LinkEvents = {
  /** Whether the token of a hello is that of the instance it names. */
  readonly verify: (hello: Hello) => Promise<boolean>
  readonly onHello: (hello: Hello) => void
  readonly onReport: (report: Report) => void
  /** What an instance keeps of requests, as it was `asked` to tell. */
  readonly onTraces: (id: string, asked: number, parts: readonly TracePart[]) => void
  /** The instance's link ended: it died, or it will be back. */
  readonly onEnd: (id: string) => void
  /** What a fresh link is told at once; undefined while control does not know yet. */
  readonly map: () => ServiceMap | undefined
  readonly log: { warn(details: object, message: string): void }
}

/** Where processes link to. In a service it is a Unix socket (link-server.ts); a simulation brings its own. */
export interface Links {
  /**
   * From now on whoever links comes here, and no longer to another control plane. Safe to repeat: takes the place back
   * from one that took it and then failed to take over.
   */
  listen(): Promise<void>
  publish(map: ServiceMap): void
  /** Asks everybody who is linked what they keep of requests; returns whom. */
  askForTraces(asked: number): readonly string[]
  /** Ends every link. */
  close(): Promise<void>
}

export type OpenLinks = (events: LinkEvents) => Links

/** Control's end of one connection. */
export interface Link {
  readonly ended: boolean
  send(message: DownMessage): void
  /** Says a last word and ends. */
  end(message: DownMessage): void
  destroy(): void
}

/** What a connection does with what comes in on it. */
export type LinkVisit = {
  /** `read` gives the message, or throws when it is none. */
  readonly hear: (read: () => UpMessage) => void
  readonly ended: () => void
}

/** Who is linked, whatever carries the messages. Only who has said a believed hello is listened to. */
export class LinkDesk {
  readonly #events: LinkEvents
  readonly #links = new Map<string, Link>()
  #closed = false

  constructor(events: LinkEvents) {
    this.#events = events
  }

  visit(link: Link): LinkVisit {
    let id: string | undefined
    // One after the other: reports that come while a hello is being verified wait for the verdict.
    let queue: Promise<void> = Promise.resolve()
    const hear = async (read: () => UpMessage) => {
      const message = read()
      if (message.type === "hello") id = await this.#welcome(link, message)
      // A link speaks for the instance that said hello on it, and for no other.
      else if (id === undefined || this.#links.get(id) !== link) return
      else if (message.type === "traces") this.#events.onTraces(id, message.asked, message.parts)
      else if (message.report.id === id) this.#events.onReport(message.report)
    }
    return {
      hear: read => {
        queue = queue
          .then(() => hear(read))
          .catch(error => {
            this.#events.log.warn({ id, reason: messageOf(error) }, "link: unreadable message; link closed")
            link.destroy()
          })
      },
      ended: () => {
        if (id === undefined || this.#links.get(id) !== link) return
        this.#links.delete(id)
        if (!this.#closed) this.#events.onEnd(id)
      },
    }
  }

  publish(map: ServiceMap): void {
    for (const link of this.#links.values()) link.send({ type: "map", map })
  }

  askForTraces(asked: number): readonly string[] {
    for (const link of this.#links.values()) link.send({ type: "tell-traces", asked })
    return [...this.#links.keys()]
  }

  /** Believes and tells nobody anything any more. */
  close(): void {
    this.#closed = true
  }

  async #welcome(link: Link, hello: Hello): Promise<string | undefined> {
    const { verify, onHello, map, log } = this.#events
    if (!(await verify(hello))) {
      log.warn({ id: hello.id, pid: hello.pid }, "link: hello not believed")
      link.end({ type: "refused", reason: `unknown instance or wrong token: ${hello.id}` })
      return undefined
    }
    if (this.#closed || link.ended) return undefined
    const before = this.#links.get(hello.id)
    this.#links.set(hello.id, link)
    if (before !== link) before?.destroy()
    onHello(hello)
    const known = map()
    if (known !== undefined) link.send({ type: "map", map: known })
    return hello.id
  }
}
