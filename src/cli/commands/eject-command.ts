import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { userInfo } from "node:os"
import { delimiter, join, relative, resolve } from "node:path"
import type { Command } from "commander"
import { configInForce } from "../../boot/config/config-in-force.ts"
import { ejectable } from "../../boot/doctor/ejectable.ts"
import { serviceName } from "../../boot/service/service-name.ts"
import { messageOf } from "../../kit/errors.ts"
import { programPath } from "../../kit/node/program-path.ts"
import { topologyOf } from "../../topology/config-resolve.ts"
import { asksNothing, parseCount } from "../arguments.ts"
import { cliError } from "../cli-errors.ts"
import { ejectedFiles } from "../eject/ejected-files.ts"
import { type EjectedFile, portMark } from "../eject/ejection.ts"
import { Output } from "../output.ts"
import { enterProject } from "../running-service.ts"
import { unitName } from "../systemd/systemd-unit.ts"

type EjectOptions = { force?: boolean; webPort: string; json?: boolean }

export function addEjectCommand(program: Command): void {
  program
    .command("eject [folder]")
    .description(
      "the topology as HAProxy configuration, systemd units and plain files; what runs is not touched",
    )
    .option("--force", "write over what stands in the folder")
    .option("--web-port <port>", "port of the first web instance, the next ones follow", "8101")
    .option(...asksNothing)
    .option("--json", "what was written as one JSON value")
    .action(eject)
}

async function eject(wanted: string | undefined, options: EjectOptions): Promise<void> {
  const out = new Output(options.json === true)
  const firstPort = parseCount("--web-port", options.webPort, 1, 65_535 - 64)
  const asked = wanted === undefined ? undefined : resolve(wanted)
  enterProject()
  const folder = asked ?? resolve("ejected")
  checkFree(folder, options.force === true)
  const { value: config } = await configInForce()
  const web = Math.max(1, topologyOf(config).instances.web)
  const webPorts = Array.from({ length: web }, (_, nth) => firstPort + nth)
  if (webPorts.includes(config.port)) {
    const expected = `such that port ${config.port} of the front door stays free`
    throw cliError("BN3203", { argument: "--web-port", expected, got: options.webPort })
  }
  const { postgres, ...rest } = await ejectable(config, portMark)
  const { uid, username } = userInfo()
  const name = unitName(serviceName(config))
  const files = ejectedFiles({
    name,
    projectFolder: process.cwd(),
    folder,
    front: { host: config.host, port: config.port },
    webPorts,
    ...rest,
    user: uid === 0 ? undefined : username,
    postgres: postgres === undefined ? undefined : { ...postgres, cwd: resolve(postgres.cwd) },
    haproxy: findHaproxy(),
    drainTimeoutMs: config.web.drainTimeoutMs,
    edge: config.edge,
  })
  write(folder, files)
  out.value({ folder, files: files.map(({ path }) => path) })
  for (const { path } of files) out.data(join(folder, path))
  out.say(`\nnext: ${join(relative("", folder), "README.md")} says how to start it`)
}

/** Throws BN3209. */
function checkFree(folder: string, force: boolean): void {
  if (force || !existsSync(folder)) return
  let isEmpty = false
  try {
    isEmpty = readdirSync(folder).length === 0
  } catch {
    // A file, or a folder that is not ours: taken.
  }
  if (!isEmpty) throw cliError("BN3209", { folder })
}

/** Throws BN3210. */
function write(folder: string, files: readonly EjectedFile[]): void {
  try {
    mkdirSync(folder, { recursive: true })
    for (const { path, text, secret } of files) {
      const file = join(folder, path)
      writeFileSync(file, text, { mode: secret === true ? 0o600 : 0o644 })
      // A file that was there keeps its mode otherwise.
      if (secret === true) chmodSync(file, 0o600)
    }
  } catch (error) {
    throw cliError("BN3210", { folder, reason: messageOf(error) }, error)
  }
}

/** Where Debian puts it when it is not installed yet. */
function findHaproxy(): string {
  const path = [process.env["PATH"] ?? "", "/usr/sbin", "/usr/local/sbin"].join(delimiter)
  return programPath("haproxy", process.cwd(), path) ?? "/usr/sbin/haproxy"
}
