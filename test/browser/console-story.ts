import type { Page } from "playwright-core"
import { screenshotAt } from "./browser.ts"

/** By keys alone: who asked for what so far, what the configuration says now, what the doctor finds. */
export async function readsWhatIsKept(page: Page): Promise<void> {
  await page.keyboard.press("g")
  await page.keyboard.press("a")
  const asked = page.locator("tbody tr")
  await asked.filter({ hasText: "kill web-3" }).waitFor()
  for (const words of ["scale web=3", "grow"])
    await asked.filter({ hasText: words }).filter({ hasText: "console" }).first().waitFor()
  await page.screenshot({ path: screenshotAt("console/audit-filled"), fullPage: true })

  await page.keyboard.press("g")
  await page.keyboard.press("o")
  await page.keyboard.press("/")
  await page.keyboard.type("stage")
  const stage = page.locator("tbody tr", { has: page.getByText("stage", { exact: true }) })
  await stage.filter({ hasText: '"balanced"' }).waitFor()
  await page.keyboard.press("Escape")
  await page.locator("main").focus()
  await page.keyboard.press("g")
  await page.keyboard.press("d")
  await page.locator(".findings li", { hasText: "held by this service" }).first().waitFor()
}
