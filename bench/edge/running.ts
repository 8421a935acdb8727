import type { ChildProcess } from "node:child_process"
import { openSync } from "node:fs"
import { join } from "node:path"
import { freePort } from "../../src/kit/node/free-port.ts"
import { listening, spawnOn } from "../processes.ts"
import type { Contender } from "./peers.ts"

export type Running = { readonly proxy: Contender; readonly port: number; readonly child: ChildProcess }

/** All on the same CPU, which nothing else uses; what they print goes into files of `folder`. */
export async function startProxies(
  proxies: readonly Contender[],
  upstream: number,
  folder: string,
): Promise<Running[]> {
  const running: Running[] = []
  for (const proxy of proxies) {
    const port = await freePort()
    const log = openSync(join(folder, `${port}.log`), "w")
    const child = spawnOn(0, proxy.command(port, upstream, folder), log)
    await listening(port)
    running.push({ proxy, port, child })
  }
  return running
}
