import type { Socket } from "node:net"
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls"
import { remembered } from "../../../../http1/remembered.ts"
import type { Clock } from "../../../../kit/clock.ts"
import type { TlsReport } from "../../../../wire/report.ts"
import type { EdgeLog, EdgeTls } from "../../edge.ts"
import { type Certificate, certificateFor } from "./certificate.ts"
import { CertificateFiles } from "./certificate-files.ts"
import { TicketChain, ticketLifeS } from "./ticket-chain.ts"

/** Why a handshake did not succeed; the names are those of the counter. */
export type HandshakeFailure =
  | "not-tls"
  | "version"
  | "cipher"
  | "protocol"
  | "client-alert"
  | "gone"
  | "late"
  | "no-certificate"
  | "other"

/** Of OpenSSL's reasons those that tell an operator something. */
const failures: ReadonlyArray<readonly [RegExp, HandshakeFailure]> = [
  [/UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|UNKNOWN_PROTOCOL|WRONG_VERSION/, "version"],
  [/NO_SHARED_CIPHER|NO_SUITABLE|NO_SHARED_GROUP/, "cipher"],
  [/NO_APPLICATION_PROTOCOL/, "protocol"],
  [/ALERT/, "client-alert"],
  [/ECONNRESET|EPIPE/, "gone"],
]

export function failureOf(error: NodeJS.ErrnoException | undefined): HandshakeFailure {
  if (error === undefined) return "gone"
  return failures.find(([pattern]) => pattern.test(error.code ?? ""))?.[1] ?? "other"
}

/** What the front door needs to speak TLS: certificates by name, keys of session tickets, counters. */
export class TlsDoor {
  readonly #options: EdgeTls
  readonly #protocols: string[]
  readonly #clock: Clock
  readonly #files: CertificateFiles
  readonly #tickets: TicketChain
  readonly #failures: Partial<Record<HandshakeFailure, number>> = {}
  /**
   * What may be said of https. Nothing while there is no certificate: who sent everybody to a port that cannot answer would
   * have taken the service away.
   */
  https: Pick<EdgeTls, "redirectPort" | "hsts"> = {}
  #handshakes = 0
  #resumed = 0
  #contextFor: (name: string) => { context: SecureContext } | undefined

  /** `protocols`: by ALPN, the one the door prefers first. What a client then speaks, its first bytes say. */
  constructor(
    options: EdgeTls,
    protocols: readonly string[],
    clock: Clock,
    log: EdgeLog,
    onChange: () => void,
  ) {
    this.#protocols = [...protocols]
    this.#options = options
    this.#clock = clock
    this.#tickets = new TicketChain(options.tickets)
    this.#tickets.advance(clock.nowMs())
    this.#files = new CertificateFiles(options.certificates, clock, {
      change: () => {
        this.#contextFor = this.#chooser()
        log.info({ certificates: this.#files.report() }, "certificates changed; new connections get them")
        onChange()
      },
      problem: ({ code, message, todo }) => {
        log.error({ code, todo }, `${message}; the last good one is served, if there was one`)
        onChange()
      },
    })
    this.#contextFor = this.#chooser()
  }

  /** A handshake on a paused connection begins. Undefined where there is no certificate to show. */
  wrap(below: Socket): TLSSocket | undefined {
    if (this.#tickets.advance(this.#clock.nowMs())) this.#contextFor = this.#chooser()
    const fallback = this.#contextFor("")
    if (fallback === undefined) return undefined
    const contextFor = this.#contextFor
    return new TLSSocket(below, {
      isServer: true,
      secureContext: fallback.context,
      ALPNProtocols: this.#protocols,
      SNICallback: (name, done) => done(null, (contextFor(name) ?? fallback).context),
    })
  }

  succeeded(socket: TLSSocket): void {
    this.#handshakes++
    if (socket.isSessionReused()) this.#resumed++
  }

  failed(why: HandshakeFailure): void {
    this.#failures[why] = (this.#failures[why] ?? 0) + 1
  }

  report(): TlsReport {
    const certificates = this.#files.report()
    return {
      handshakes: this.#handshakes,
      resumed: this.#resumed,
      failures: { ...this.#failures },
      certificates,
    }
  }

  close(): void {
    this.#files.close()
  }

  /** From a client's name to what it is shown, worked out once for each name. */
  #chooser(): (name: string) => { context: SecureContext } | undefined {
    const { certificates } = this.#files
    this.https = certificates.length === 0 ? {} : this.#options
    const contexts = new Map(certificates.map(each => [each, { context: this.#contextOf(each) }]))
    const choose = remembered(name => {
      const certificate = certificateFor(name, certificates)
      return certificate === undefined ? false : contexts.get(certificate)!
    })
    return name => choose(name) || undefined
  }

  #contextOf({ pem }: Certificate): SecureContext {
    return createSecureContext({
      ...pem,
      minVersion: this.#options.minVersion,
      // All of a client's sessions, whichever certificate and process made them.
      ticketKeys: this.#tickets.keys,
      sessionTimeout: ticketLifeS,
      sessionIdContext: "banyan",
    })
  }
}
