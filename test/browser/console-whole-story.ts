import assert from "node:assert/strict"
import type { Page } from "playwright-core"
import { screenshotAt } from "./browser.ts"
import { countedBy, endsLoad, startsLoad } from "./console-load.ts"
import { card, change, dialog, failedShown, growthMs, pidShown, planLine, status } from "./console-page.ts"

/** Processes report once a second: what was cut off before is counted a moment later. */
async function countedSoFar(page: Page): Promise<number> {
  for (let before = await failedShown(page); ; ) {
    await page.waitForTimeout(3000)
    const now = await failedShown(page)
    if (now === before) return now
    before = now
  }
}

/** The whole way, in the browser alone: load, up to the top, the primary killed, down again; what failed is read there. */
export async function growsKillsAndShrinks(page: Page): Promise<void> {
  await status(page, "settled").waitFor()
  const before = await countedSoFar(page)
  await startsLoad(page)
  await change(page, "Grow", "balanced")
  await change(page, "Grow", "replicated")
  await page.screenshot({ path: screenshotAt("console/story-replicated"), fullPage: true })
  const { why } = await countedBy(page)
  assert.equal(await failedShown(page), before, `growing failed nothing; ${why}`)

  await card(page, "postgres-1").click()
  await page.getByRole("button", { name: "Kill postgres-1" }).click()
  await dialog(page).locator(".step", { hasText: "fail-over postgres-1" }).waitFor()
  await page.screenshot({ path: screenshotAt("console/story-ask-kill") })
  await dialog(page).getByRole("button", { name: "Kill" }).click()
  await page.locator(".card.promoted").waitFor()
  await page.screenshot({ path: screenshotAt("console/story-promoted"), fullPage: true })
  await card(page, "postgres-1", "ready").waitFor({ timeout: growthMs })
  await status(page, "settled").waitFor({ timeout: growthMs })
  await page.screenshot({ path: screenshotAt("console/story-healed"), fullPage: true })

  // It is a replica now: begun anew in its place, while the others are read from.
  const old = await pidShown(page)
  await page.getByRole("button", { name: "Restart postgres-1" }).click()
  await page.getByRole("button", { name: "Do it" }).click()
  const restarted = planLine(page, "restart postgres-1")
  await restarted.locator(".chip.done").waitFor({ timeout: growthMs })
  assert.notEqual(await pidShown(page), old)

  await change(page, "Shrink", "balanced")
  await change(page, "Shrink", "single")
  const { failed: lost, sent, why: whyLost } = await countedBy(page)
  await page.screenshot({ path: screenshotAt("console/story-single"), fullPage: true })
  await endsLoad(page)
  assert.deepEqual({ lost, counted: await failedShown(page), whyLost }, { lost: 0, counted: before, whyLost })
  assert.ok(sent > 200, `${sent} requests`)
}
