import { resolve } from "node:path"
import { banyanVersion, packageVersion } from "../versions.ts"

/** A server to measure: how it is started on `port`. */
export type Contender = {
  readonly name: string
  readonly version: string
  readonly configuration: string
  readonly script: string
}

export const banyan: Contender = {
  name: "banyan web",
  version: banyanVersion,
  configuration: "the web role as in service: limits, time-outs, drain, counters",
  script: pathOf("banyan-server.ts"),
}

export const nodeHttp: Contender = {
  name: "node:http",
  version: process.versions.node,
  configuration: "a bare handler, length told, one write",
  script: pathOf("node-server.ts"),
}

export const peers: readonly Contender[] = [
  nodeHttp,
  {
    name: "@hono/node-server",
    version: packageVersion("@hono/node-server"),
    configuration: "its defaults, with the very fetch handler that ours hosts",
    script: pathOf("hono-fetch-server.ts"),
  },
  {
    name: "Hono",
    version: packageVersion("hono"),
    configuration: `its router on @hono/node-server ${packageVersion("@hono/node-server")}`,
    script: pathOf("hono-server.ts"),
  },
  {
    name: "Fastify",
    version: packageVersion("fastify"),
    configuration: "no log, no response schema",
    script: pathOf("fastify-server.ts"),
  },
  {
    name: "Express",
    version: packageVersion("express"),
    configuration: "NODE_ENV=production, etag off",
    script: pathOf("express-server.ts"),
  },
]

function pathOf(file: string): string {
  return resolve(import.meta.dirname, file)
}
