import { resolve } from "node:path"
import { paths } from "../project-paths.ts"

/** What our own processes run in; no secret is ever in an environment of ours. */
export function nodeEnvironment(): Record<string, string> {
  const forced = process.env["BANYAN_POSTGRES_AS"]
  return {
    ...runningEnvironment(),
    ...(forced === undefined ? {} : { BANYAN_POSTGRES_AS: forced }),
    // Compiled, type-stripped code of the last start: faster, and the stripper itself is never loaded.
    NODE_COMPILE_CACHE: resolve(paths.cache, "compile"),
  }
}

/** Nothing is inherited but what a program needs to run. */
export function runningEnvironment(): Record<string, string> {
  const kept = ["PATH", "HOME", "LANG", "TZ", "NODE_EXTRA_CA_CERTS"]
  const env: Record<string, string> = { NODE_ENV: process.env["NODE_ENV"] ?? "production" }
  for (const name of kept) if (process.env[name] !== undefined) env[name] = process.env[name]
  return env
}
