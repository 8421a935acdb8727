import type { Page } from "playwright-core"
import type { ScratchProject } from "../integration/scratch-project.ts"
import { screenshotAt } from "./browser.ts"

/** The page follows the file: what waits for a start is marked, and a mistake is told where the fields are. */
export async function followsTheFile(page: Page, project: ScratchProject): Promise<void> {
  const file = "banyan.config.ts"
  const asStarted = project.read(file)
  const drain = page.locator("tbody tr", { hasText: "web.drainTimeoutMs" })
  const mistake = page.locator(".notice.bad", { hasText: "BN1003" })
  await drain.filter({ hasText: "10000" }).waitFor()
  try {
    project.write(file, asStarted.replace("10000", "7000"))
    await drain.filter({ hasText: "7000" }).filter({ hasText: "waits for the next start" }).waitFor()
    project.write(file, asStarted.replace("10000", "-1"))
    await mistake.filter({ hasText: "web/drainTimeoutMs" }).waitFor()
    await page.screenshot({ path: screenshotAt("console/config-mistaken"), fullPage: true })
    // Whoever comes to the page now is told as well.
    await page.reload()
    await mistake.waitFor()
  } finally {
    project.write(file, asStarted)
  }
  await mistake.waitFor({ state: "detached" })
  await drain.filter({ hasText: "10000" }).waitFor()
}
