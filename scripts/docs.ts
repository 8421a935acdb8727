/** `npm run docs`: writes the documents that are made from the code. test/tidy fails when one of them is old. */
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { generatedDocs } from "./docs/generated-docs.ts"

process.chdir(fileURLToPath(new URL("..", import.meta.url)))
for (const [path, text] of await generatedDocs()) {
  writeFileSync(path, text)
  process.stderr.write(`${path}\n`)
}
