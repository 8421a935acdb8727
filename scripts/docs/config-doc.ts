import { descriptionAt, expectationAt, fieldPaths } from "../../src/topology/config-fields.ts"
import { configJsonSchema } from "../../src/topology/config-json-schema.ts"
import { parseConfig } from "../../src/topology/config-problems.ts"

const head = `# The configuration

Made from the schema itself by \`npm run docs\`. A project's \`banyan.config.ts\`:

\`\`\`ts
import { defineConfig } from "banyan/config"

export default defineConfig({
  app: "./app.ts",
  web: { drainTimeoutMs: 30_000 },
})
\`\`\`

Everything has a default. A wrong or misspelt field is refused by name, and a running service goes on with what it has.
An editor knows the fields by the types of \`defineConfig\`; for programs that write or check a configuration
[config.schema.json](config.schema.json) (\`npx banyan config schema\`) says the same.
\`npx banyan explain web.drainTimeoutMs\` tells of one field what it is, its value now and what a change does: \`stage\`,
\`web/instances\`, \`edge/instances\`, \`data/instances\`, \`data/settings\` and \`data/sharedBuffersMb\` are changed under load by
\`npx banyan apply\`, the others at the next start.
\`npx banyan config show --explain\` tells each value in force and who said so, weakest first: the default,
banyan.config.ts, what \`grow\`, \`shrink\` and \`scale\` said since (kept in \`.banyan/overrides.json\` until
\`npx banyan apply\`), \`PORT\`, a flag of \`up\`.

Times are in milliseconds, sizes in bytes.

| field | default | should be | meaning |
|---|---|---|---|
`

export function configDoc(): string {
  const defaults = parseConfig({})
  const rows = fieldPaths().map(path => {
    const keys = path.split("/")
    const value = keys.reduce<unknown>(
      (at, key) => (at as Record<string, unknown> | undefined)?.[key],
      defaults,
    )
    const fallback = value === undefined ? "" : `\`${JSON.stringify(value)}\``
    return `| \`${path}\` | ${fallback} | ${expectationAt(keys)} | ${descriptionAt(keys)} |\n`
  })
  return head + rows.join("")
}

/** For other programs; an author's editor knows the types of `defineConfig`. */
export function configSchemaDoc(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`
}
