import { commandLeaves, type Leaf } from "../../src/cli/command-leaves.ts"
import { exampleLines } from "../../src/cli/examples.ts"
import { createProgram } from "../../src/cli/program.ts"

const head = `# The command line

Made from the program itself by \`npm run docs\`.

\`npx banyan <command>\` works in the project's folder and below it. Data goes to stdout, talk to stderr; \`--json\`
gives one JSON value a line. Without a terminal nothing is ever asked. Colours follow \`NO_COLOR\`.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failed |
| 2 | wrong arguments; with \`plan --exit-code\`: there would be changes |
| 3 | refused: nothing happened |
| 4 | timed out; what was asked goes on |
| 5 | a drill is incomplete: nothing failed, and a fault could not be struck here |
| 6 | a drill or a load is invalid: nothing failed, and the machine was too busy for the load |
| 130 | interrupted |
`

export function cliDoc(): string {
  return [head, ...commandLeaves(createProgram()).map(commandSection)].join("\n")
}

function commandSection({ command, path }: Leaf): string {
  const words = ["npx banyan", path, command.usage().replace("[options]", "").trim()].filter(
    word => word !== "",
  )
  const options = command.options.map(option => {
    const fallback = option.defaultValue
    const said = typeof fallback === "string" ? ` (default \`${fallback}\`)` : ""
    return `| \`${option.flags}\` | ${option.description}${said} |`
  })
  return [
    `## ${words.join(" ")}`,
    "",
    `${sentence(command.description())}`,
    "",
    "```sh",
    ...exampleLines(path, "# "),
    "```",
    "",
    "| option | |",
    "|---|---|",
    ...options,
    "",
  ].join("\n")
}

function sentence(words: string): string {
  return `${words[0]?.toUpperCase()}${words.slice(1)}.`
}
