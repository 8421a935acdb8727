import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { z } from "zod"
import { writeFileAtomic } from "../../kit/node/atomic-file.ts"
import { readJsonFile } from "../../kit/node/json-file.ts"
import type { Config } from "../../topology/config.ts"
import { effectOf } from "../../topology/config-effect.ts"
import { fieldPaths } from "../../topology/config-fields.ts"
import { paths } from "../project-paths.ts"
import { valueAt } from "./config-in-force.ts"

const startedSchema = z.record(z.string(), z.string())

/**
 * Keeps what a start was told of the fields that only a start takes up; for the whole run, whoever is started anew in it.
 * Sums alone: passwords are among them.
 */
export function keepStarted(config: Config): void {
  if (!existsSync(paths.started)) writeFileAtomic(paths.started, JSON.stringify(sumsOf(config)))
}

/** Fields that say something else now than at the start: they wait for the next one. */
export function waitingFields(config: Config): ReadonlySet<string> {
  const started = readJsonFile(paths.started, startedSchema) ?? {}
  const now = Object.entries(sumsOf(config))
  return new Set(
    now.flatMap(([path, sum]) => (started[path] === undefined || started[path] === sum ? [] : [path])),
  )
}

function sumsOf(config: Config): Record<string, string> {
  const told = fieldPaths().filter(path => effectOf(path) === "restart")
  return Object.fromEntries(told.map(path => [path, sumOf(valueAt(config, path))]))
}

function sumOf(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(value) ?? "")
    .digest("hex")
}
