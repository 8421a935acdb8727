import type { Clock } from "../../kit/clock.ts"
import { CertificateFiles, type CertificateSource } from "../../tiers/edge/client/tls/certificate-files.ts"
import { TicketChain } from "../../tiers/edge/client/tls/ticket-chain.ts"
import type { EdgeLog } from "../../tiers/edge/edge.ts"
import type { Config } from "../../topology/config.ts"
import { hstsValue } from "../../topology/config-tls.ts"
import type { FrontLaunch } from "../../wire/launch.ts"
import { acmeCertificateFile } from "../config/acme-certificate.ts"

const rotationCheckMs = 60_000

export type FrontKeeperOptions = {
  readonly config: Config["edge"]
  /** What the former supervisor told the agent. */
  readonly memory: string | undefined
  /** Tells the next one, through the agent. */
  readonly remember: (memory: string) => void
  readonly clock: Clock
  readonly log: EdgeLog
}

/**
 * What the supervisor keeps for front doors to come: the last good certificates, so that one that starts while a file
 * is bad shows what the others show, and the chain of ticket keys, so that it resumes what others began. All of it in
 * memory, and in the launch payload of a front door.
 */
export class FrontKeeper {
  readonly #options: FrontKeeperOptions
  readonly #files: CertificateFiles | undefined
  readonly #tickets: TicketChain

  constructor(options: FrontKeeperOptions) {
    const { config, memory, clock, log } = options
    const certificates = sourcesOf(config.tls)
    this.#options = options
    this.#tickets = chainFrom(memory, clock.nowMs())
    if (certificates.length === 0) return
    this.#files = new CertificateFiles(certificates, clock, {
      change() {},
      problem: ({ code, message }) =>
        log.error({ code }, `${message}; new front doors get the last good one`),
    })
    const next = () => {
      this.#rotate()
      options.remember(JSON.stringify(this.#tickets.seed))
      clock.after(rotationCheckMs, next)
    }
    next()
  }

  /** For a front door that starts now. */
  launch(): FrontLaunch {
    const { tls, proxyProtocol } = this.#options.config
    this.#files?.look()
    this.#rotate()
    const hsts = hstsValue(tls.hsts)
    const redirectPort = tls.redirectToHttps ? (tls.redirectPort ?? tls.port) : undefined
    return {
      ...(this.#files && {
        tls: {
          certificates: this.#files.sources.map(source => ({ ...source })),
          minVersion: tls.minVersion,
          tickets: this.#tickets.seed,
          ...(redirectPort === undefined ? {} : { redirectPort }),
          ...(hsts === undefined ? {} : { hsts }),
        },
      }),
      ...(proxyProtocol.trustedCidrs.length === 0 ? {} : { proxyProtocol }),
    }
  }

  #rotate(): void {
    this.#tickets.advance(this.#options.clock.nowMs())
  }
}

/** Those of the user first: the first of all is for names that no other has. */
function sourcesOf({ certificates, acme }: Config["edge"]["tls"]): CertificateSource[] {
  const file = acmeCertificateFile(acme)
  return file === undefined ? certificates : [...certificates, { cert: file, key: file, awaited: true }]
}

function chainFrom(memory: string | undefined, nowMs: number): TicketChain {
  return memory === undefined ? TicketChain.begin(nowMs) : new TicketChain(JSON.parse(memory))
}
