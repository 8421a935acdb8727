import { escapedPath, hardening, unitCommand, unitText } from "../systemd/systemd-unit.ts"
import type { EjectedFile, Ejection } from "./ejection.ts"

/** systemd units for the database, a template for web instances, HAProxy, and a target for all together. Pure. */
export function ejectedUnits(ejection: Ejection): EjectedFile[] {
  const { name } = ejection
  return [
    { path: `${name}.target`, text: target(ejection) },
    { path: `${name}-postgres.service`, text: postgres(ejection) },
    { path: `${name}-web@.service`, text: web(ejection) },
    { path: `${name}-haproxy.service`, text: haproxy(ejection) },
  ]
}

export function webUnits({ name, webPorts }: Ejection): string[] {
  return webPorts.map(port => `${name}-web@${port}.service`)
}

function target(ejection: Ejection): string {
  const { name } = ejection
  const units = [`${name}-postgres.service`, ...webUnits(ejection), `${name}-haproxy.service`]
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

function postgres({ name, postgres: { argv, env, cwd, uid, gid }, user }: Ejection): string {
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

function web({ name, projectFolder, folder, webArgv, user, drainTimeoutMs }: Ejection): string {
  return unitText([
    {
      name: "Unit",
      lines: [
        ["Description", `${name}: web instance on port %i`],
        ["PartOf", `${name}.target`],
        ["Wants", `${name}-postgres.service`],
        ["After", `${name}-postgres.service`],
        ["StartLimitIntervalSec", "0"],
      ],
    },
    {
      name: "Service",
      lines: [
        ["Type", "exec"],
        ...owner(user),
        ["WorkingDirectory", escapedPath(projectFolder)],
        ["Environment", "PORT=%i NODE_ENV=production"],
        ["EnvironmentFile", escapedPath(`${folder}/web.env`)],
        ["ExecStart", unitCommand(webArgv)],
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
