import { fileURLToPath } from "node:url"
import type { Page } from "../../control/api/page-routes.ts"
import { messageOf } from "../../kit/errors.ts"
import { loadPage } from "../../page/index.ts"
import { bootError } from "../boot-errors.ts"
import { paths } from "../project-paths.ts"

const inCheckout = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

/**
 * The console's files, built when it is first opened and kept in memory from then on (half a megabyte). A start does not
 * wait for it. Throws BN3109; the next request tries again.
 */
export function consolePage(): Page {
  let loaded: ReturnType<Page> | undefined
  return () => {
    loaded ??= loadPage(sources()).catch(error => {
      loaded = undefined
      throw bootError("BN3109", { reason: messageOf(error) }, error)
    })
    return loaded
  }
}

const sources = () => ({
  source: inCheckout("console"),
  cache: `${process.cwd()}/${paths.pages}`,
  alsoFrom: [inCheckout("package-lock.json")],
})
