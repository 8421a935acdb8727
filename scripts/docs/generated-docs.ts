import { cliDoc } from "./cli-doc.ts"
import { configDoc, configSchemaDoc } from "./config-doc.ts"
import { errorsDoc } from "./errors-doc.ts"

/** Path -> text of every generated document. */
export async function generatedDocs(): Promise<Map<string, string>> {
  return new Map([
    ["docs/cli.md", cliDoc()],
    ["docs/config.md", configDoc()],
    ["docs/config.schema.json", configSchemaDoc()],
    ["docs/errors.md", await errorsDoc()],
  ])
}
