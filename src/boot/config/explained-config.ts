import { effectOf } from "../../topology/config-effect.ts"
import { descriptionAt, expectationAt, fieldPaths } from "../../topology/config-fields.ts"
import { parseConfig } from "../../topology/config-problems.ts"
import type { ResolvedConfig } from "../../topology/config-resolve.ts"
import type { FieldView } from "../../wire/admin.ts"
import { readAsked } from "../asked.ts"
import { readConfig } from "./config-file.ts"
import { configInForce, valueAt } from "./config-in-force.ts"
import { waitingFields } from "./started-config.ts"

/** What is in force, or why nobody knows. */
export type InForce = ResolvedConfig | { readonly unknown: string }

export function explainField(path: string, now: InForce): FieldView {
  const keys = path.split("/")
  return {
    path,
    meaning: descriptionAt(keys),
    expected: expectationAt(keys) ?? "an object",
    default: valueAt(parseConfig({}), path),
    ...("unknown" in now ? now : { value: valueAt(now.value, path), source: now.sources[path] ?? "default" }),
    effect: effectOf(path),
  }
}

/** Every field, for a page that others may look at: the names of `web/env` are shown, what stands in them is not. */
export async function explainedConfig(): Promise<FieldView[]> {
  const { value, sources } = await configInForce()
  const env = Object.fromEntries(Object.keys(value.web.env ?? {}).map(name => [name, "***"]))
  const shown = { value: { ...value, web: { ...value.web, env } }, sources }
  const waiting = waitingFields((await readConfig(readAsked())).value)
  return fieldPaths().map(path => ({
    ...explainField(path, shown),
    ...(waiting.has(path) && { waits: true as const }),
  }))
}
