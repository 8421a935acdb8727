import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { temporaryFolder } from "../tap.ts"
import type { Backend } from "./backend.ts"
import { node } from "./node-backend.ts"
import { startProgram, versionOf } from "./program.ts"

/** A proxy only, so Node stands behind it and says what it made of the request. */
export const haproxy: Backend = {
  name: "HAProxy",
  version: versionOf("haproxy", "-v", /version (\S+)/),
  declines: node.declines,
  async start(cleanUp) {
    const folder = temporaryFolder(cleanUp)
    const file = join(folder, "haproxy.cfg")
    const origin = (await node.start(cleanUp)) as { path: string }
    writeFileSync(file, configuration(folder, origin.path))
    return startProgram(["haproxy", "-db", "-f", file], { path: join(folder, "haproxy") }, cleanUp)
  },
}

const configuration = (folder: string, origin: string) => `global
  nbthread 1
  maxconn 200
  tune.bufsize 131072
  tune.http.maxhdr 256
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
listen front
  bind unix@${folder}/haproxy
  server node unix@${origin}
`
