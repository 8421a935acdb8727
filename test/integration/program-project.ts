import type { TestContext } from "node:test"
import { fileURLToPath } from "node:url"
import { ScratchProject } from "./scratch-project.ts"

/** The words that start one of the programs that know nothing of Banyan. */
export function programOf(name: string): [string, string] {
  return [process.execPath, fileURLToPath(new URL(`./programs/${name}`, import.meta.url))]
}

/** A scratch project with a program in place of an app, which nothing of outlives the test. */
export async function programProject(
  t: TestContext,
  config: Readonly<Record<string, unknown>>,
): Promise<ScratchProject> {
  const project = await ScratchProject.create({ config: { app: undefined, ...config } })
  t.after(() => project.remove())
  return project
}
