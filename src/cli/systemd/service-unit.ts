import { escapedPath, hardening, unitCommand, unitText } from "./systemd-unit.ts"

export type ServiceUnitOptions = {
  readonly name: string
  /** Absolute. */
  readonly projectFolder: string
  /** How `banyan` is run: a Node and its program. */
  readonly banyan: readonly string[]
  /** Undefined: root. */
  readonly user: string | undefined
  readonly port: number
  readonly drainTimeoutMs: number
}

/** How long the end may take after the drain: processes stop, the database writes its last checkpoint. */
const endTimeoutMs = 120_000

/**
 * A unit for the whole service.
 *
 * Its main process is `up --attach`, which only watches: the agent and what it starts live in sessions of their own and
 * mend themselves. So nothing but that process may be signalled (KillMode=process), and a death of it, or of any other,
 * must not take the rest along (OOMPolicy=continue): the next `up --attach` finds the service and goes on watching. What
 * died altogether it starts again. SIGTERM to it takes everything down in order.
 */
export function serviceUnit(options: ServiceUnitOptions): string {
  const { name, projectFolder, banyan, user, port, drainTimeoutMs } = options
  const drain = `${drainTimeoutMs}ms`
  return unitText([
    {
      name: "Unit",
      lines: [
        ["Description", `${escapedPath(name)}, grown by Banyan`],
        ["Wants", "network-online.target"],
        ["After", "network-online.target"],
        ["A failed start is tried again for ever: nobody else would."],
        ["StartLimitIntervalSec", "0"],
      ],
    },
    {
      name: "Service",
      lines: [
        ["Type", "exec"],
        ...(user === undefined ? [] : [["User", user] as const]),
        ["WorkingDirectory", escapedPath(projectFolder)],
        ["ExecStart", unitCommand([...banyan, "up", "--attach", "--drain", drain])],
        ["Restart", "always"],
        ["RestartSec", "1"],
        [
          "The main process watches; the service mends itself and must outlive it. Stopped in order on SIGTERM.",
        ],
        ["KillMode", "process"],
        ["OOMPolicy", "continue"],
        ["TimeoutStopSec", String(Math.ceil((drainTimeoutMs + endTimeoutMs) / 1000))],
        ["LimitNOFILE", "65536"],
        ...(port < 1024 && user !== undefined
          ? [["AmbientCapabilities", "CAP_NET_BIND_SERVICE"] as const]
          : []),
        ...hardening,
      ],
    },
    { name: "Install", lines: [["WantedBy", "multi-user.target"]] },
  ])
}
