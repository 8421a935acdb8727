import { resolve } from "node:path"
import { type Server, serverOn } from "../processes.ts"

const script = resolve(import.meta.dirname, "upstream.ts")

/** The backend behind every proxy of a bench, on the CPU that is not the proxies'. */
export function startUpstream(folder: string): Promise<Server> {
  return serverOn(1, folder, port => [process.execPath, script, String(port)])
}
