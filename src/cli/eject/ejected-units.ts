import { escapedPath, hardening, unitCommand, unitText } from "../systemd/systemd-unit.ts"
import { type EjectedFile, type EjectedPostgres, type Ejection, portMark } from "./ejection.ts"

/** systemd units for the database, a template for web instances, HAProxy, and a target for all together. Pure. */
export function ejectedUnits(ejection: Ejection): EjectedFile[] {
  const { name, postgres } = ejection
  return [
    { path: `${name}.target`, text: target(ejection) },
    ...(postgres === undefined
      ? []
      : [{ path: `${name}-postgres.service`, text: database(ejection, postgres) }]),
    { path: `${name}-web@.service`, text: web(ejection) },
    { path: `${name}-haproxy.service`, text: haproxy(ejection) },
  ]
}

export function webUnits({ name, webPorts }: Ejection): string[] {
  return webPorts.map(port => `${name}-web@${port}.service`)
}

function databaseUnits({ name, postgres }: Ejection): string[] {
  return postgres === undefined ? [] : [`${name}-postgres.service`]
}

function target(ejection: Ejection): string {
  const { name } = ejection
  const units = [...databaseUnits(ejection), ...webUnits(ejection), `${name}-haproxy.service`]
  return unitText([
    {
      name: "Unit",
      lines: [
        ["Description", `${name}, as plain services`],
        ["Wants", units.join(" ")],
      ],
    },
    { name: "Install", lines: [["WantedBy", "multi-user.target"]] },
  ])
}

function database({ name, user }: Ejection, { argv, env, cwd, uid, gid }: EjectedPostgres): string {
  return unitText([
    {
      name: "Unit",
      lines: [
        ["Description", `${name}: Postgres`],
        ["PartOf", `${name}.target`],
      ],
    },
    {
      name: "Service",
      lines: [
        ["Type", "exec"],
        ...owner(uid === undefined ? user : String(uid), gid),
        ["WorkingDirectory", escapedPath(cwd)],
        ...Object.entries(env).map(
          ([key, value]) => ["Environment", unitCommand([`${key}=${value}`])] as const,
        ),
        ["ExecStart", unitCommand(argv)],
        ["Fast shutdown: open transactions end, the log is flushed."],
        ["KillSignal", "SIGINT"],
        ["KillMode", "mixed"],
        ["TimeoutStopSec", "120"],
        ["Restart", "always"],
        ["OOMScoreAdjust", "-500"],
        ...hardening,
      ],
    },
  ])
}

function web(ejection: Ejection): string {
  const { name, projectFolder, folder, webArgv, user, drainTimeoutMs } = ejection
  const before = databaseUnits(ejection)
  return unitText([
    {
      name: "Unit",
      lines: [
        ["Description", `${name}: web instance on port %i`],
        ["PartOf", `${name}.target`],
        ...before.flatMap(unit => [["Wants", unit] as const, ["After", unit] as const]),
        ["StartLimitIntervalSec", "0"],
      ],
    },
    {
      name: "Service",
      lines: [
        ["Type", "exec"],
        ...owner(user),
        ["WorkingDirectory", escapedPath(projectFolder)],
        ["Environment", "PORT=%i HOST=127.0.0.1 NODE_ENV=production"],
        ["EnvironmentFile", escapedPath(`${folder}/web.env`)],
        ["ExecStart", unitCommand(webArgv).replaceAll(portMark, "%i")],
        ["SIGTERM: health checks fail, requests and streams finish."],
        ["TimeoutStopSec", String(Math.ceil(drainTimeoutMs / 1000) + 10)],
        ["Restart", "always"],
        ["RestartSec", "1"],
        ["LimitNOFILE", "65536"],
        ...hardening,
      ],
    },
  ])
}

function haproxy({ name, folder, front, haproxy, user, drainTimeoutMs, edge }: Ejection): string {
  const config = `${folder}/haproxy.cfg`
  return unitText([
    {
      name: "Unit",
      lines: [
        ["Description", `${name}: front door`],
        ["PartOf", `${name}.target`],
        ["Wants", "network-online.target"],
        ["After", "network-online.target"],
      ],
    },
    {
      name: "Service",
      lines: [
        ["Type", "notify"],
        ...owner(user),
        ...(user !== undefined && front.port < 1024
          ? [["AmbientCapabilities", "CAP_NET_BIND_SERVICE"] as const]
          : []),
        ["ExecStartPre", unitCommand([haproxy, "-c", "-q", "-f", config])],
        ["ExecStart", unitCommand([haproxy, "-Ws", "-f", config])],
        ["ExecReload", unitCommand([haproxy, "-c", "-q", "-f", config])],
        ["ExecReload", "/bin/kill -USR2 $MAINPID"],
        ["Connections finish before it ends."],
        ["KillSignal", "SIGUSR1"],
        ["KillMode", "mixed"],
        ["SuccessExitStatus", "143"],
        ["Two for each connection, and some of its own."],
        ["LimitNOFILE", String(2 * edge.maxConnections + 1000)],
        ["TimeoutStopSec", String(Math.ceil(drainTimeoutMs / 1000) + 10)],
        ["Restart", "always"],
        ...hardening,
      ],
    },
  ])
}

function owner(user: string | undefined, group?: number): (readonly [string, string])[] {
  return [
    ...(user === undefined ? [] : [["User", user] as const]),
    ...(group === undefined ? [] : [["Group", String(group)] as const]),
  ]
}
