import { hidePassword } from "../../kit/hide-password.ts"
import type { Config } from "../../topology/config.ts"
import type { ResolvedConfig } from "../../topology/config-resolve.ts"
import { readAsked } from "../asked.ts"
import { isUp } from "../service/down.ts"
import { readConfig } from "./config-file.ts"

/**
 * The configuration of this folder as the running service was told it, or as the next start would; each value with who
 * said so. For showing: what a database's URL says of its password is left out.
 */
export async function configInForce(): Promise<ResolvedConfig> {
  const running = await isUp()
  const { value, sources } = await readConfig(running ? readAsked() : {})
  return { value: withoutPasswords(value), sources: running ? asOfUp(sources) : sources }
}

function withoutPasswords(config: Config): Config {
  const { url, replicaUrls, readerUrl, ...data } = config.data
  return {
    ...config,
    data: {
      ...data,
      ...(url !== undefined && { url: hidePassword(url) }),
      ...(readerUrl !== undefined && { readerUrl: hidePassword(readerUrl) }),
      ...(replicaUrls !== undefined && { replicaUrls: replicaUrls.map(hidePassword) }),
    },
  }
}

/** What runs was told by its `up`, whose flags and PORT are kept alike. */
function asOfUp(sources: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(sources).map(([path, source]) => {
      if (!source.startsWith("--")) return [path, source]
      return [path, source === "--port" ? "up, by --port or PORT" : `up, by ${source}`]
    }),
  )
}

/** The value of a field named by its path (`web/drainTimeoutMs`). */
export function valueAt(value: unknown, path: string): unknown {
  return path.split("/").reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], value)
}
