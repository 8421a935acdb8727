import type { CommandLine } from "../../topology/command-line.ts"

/** The text of a `banyan.config.ts`. `typed`: whether the project finds the package banyan, whose types help an editor. */
export function configText(name: string, command: CommandLine, typed: boolean): string {
  const [open, close] = typed ? ["defineConfig({", "})"] : ["{", "}"]
  const head = typed ? 'import { defineConfig } from "banyan/config"\n\n' : ""
  return `${head}export default ${open}
  name: ${JSON.stringify(name)},
  port: 8080,
  web: {
    // Listens on $PORT. Grown, it is started once for each instance.
    command: ${JSON.stringify(command)},
    healthPath: "/",
  },
  // A Postgres 18 beside it, told by DATABASE_URL: data: { engine: "embedded" },
${close}
`
}

/** `.gitignore` with Banyan's own folder in it; undefined when it is in already. */
export function withIgnored(text: string): string | undefined {
  if (text.split("\n").some(line => /^\/?\.banyan\/?\s*$/.test(line))) return undefined
  return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}.banyan/\n`
}
