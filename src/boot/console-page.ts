import { globSync, readFileSync } from "node:fs"
import { extname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Page, PageFile } from "../control/api/page-routes.ts"
import { messageOf } from "../kit/errors.ts"
import { builtPage } from "../kit/node/built-page.ts"
import { bootError } from "./boot-errors.ts"
import { paths } from "./project-paths.ts"

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
}
const inCheckout = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/**
 * The console's files, built when it is first opened and kept in memory from then on (half a megabyte). A start does not
 * wait for it. Throws BN3109; the next request tries again.
 */
export function consolePage(): Page {
  let loaded: ReturnType<Page> | undefined
  return () => {
    loaded ??= load().catch(error => {
      loaded = undefined
      throw bootError("BN3109", { reason: messageOf(error) }, error)
    })
    return loaded
  }
}

async function load(): Promise<ReadonlyMap<string, PageFile>> {
  const folder = await builtPage({
    source: inCheckout("console"),
    cache: `${process.cwd()}/${paths.pages}`,
    alsoFrom: [inCheckout("package-lock.json")],
  })
  const files = globSync(["index.html", "assets/*"], { cwd: folder })
  return new Map(
    files.map(path => [
      path,
      {
        bytes: Uint8Array.from(readFileSync(join(folder, path))),
        type: types[extname(path)] ?? "text/plain",
      },
    ]),
  )
}
