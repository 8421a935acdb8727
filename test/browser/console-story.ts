import assert from "node:assert/strict"
import type { Page } from "playwright-core"
import { screenshotAt } from "./browser.ts"
import { goTo } from "./console-page.ts"
import { violations } from "./violations.ts"

/** What happened, with the steps of a plan unfolded; the charts of its last two minutes. */
export async function readsTheStory(page: Page): Promise<void> {
  await goTo(page, "t")
  await page
    .getByRole("button", { name: /^Steps of/ })
    .first()
    .click()
  await page.getByRole("button", { name: /^Hide steps of/ }).waitFor()
  await page.locator(".story .step").first().waitFor()
  assert.deepEqual(await violations(page), [])
  await goTo(page, "c")
  await page.locator(".chart canvas").first().waitFor()
  await page.getByRole("button", { name: "2 min" }).click()
  assert.match(page.url(), /charts\?last=2m$/)
}

/** By keys alone: who asked for what so far, what the configuration says now, what the doctor finds. */
export async function readsWhatIsKept(page: Page): Promise<void> {
  await goTo(page, "a")
  const asked = page.locator("tbody tr")
  await asked.filter({ hasText: "kill web-3" }).waitFor()
  for (const words of [
    "drain web-1",
    "restart web-3",
    "thaw web-3",
    "freeze web-3 --for 5s",
    "scale web=3",
    "grow",
  ])
    await asked.filter({ hasText: words }).filter({ hasText: "console" }).first().waitFor()
  await page.screenshot({ path: screenshotAt("console/audit-filled"), fullPage: true })

  await goTo(page, "o")
  await page.keyboard.press("/")
  await page.keyboard.type("stage")
  const stage = page.locator("tbody tr", { has: page.getByText("stage", { exact: true }) })
  await stage.filter({ hasText: '"balanced"' }).waitFor()
  await page.keyboard.press("Escape")
  await page.locator("main").focus()
  await goTo(page, "d")
  await page.locator(".findings li", { hasText: "held by this service" }).first().waitFor()
}
