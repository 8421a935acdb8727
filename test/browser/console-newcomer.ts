import assert from "node:assert/strict"
import { gzipSync } from "node:zlib"
import type { Page } from "playwright-core"
import { screenshotAt } from "./browser.ts"
import { goTo } from "./console-page.ts"

/** Through the five steps by keys alone, each on its page; over for good, and there again from help. */
export async function takesTheTour(page: Page): Promise<void> {
  const step = (words: string) => page.getByRole("region", { name: "Tour" }).getByText(words)
  await step("1 of 5").waitFor()
  await page.screenshot({ path: screenshotAt("console/tour") })
  await page.getByRole("button", { name: "Next" }).focus()
  await page.keyboard.press("Enter")
  await step("2 of 5").waitFor()
  await page.getByRole("button", { name: "Next" }).focus()
  await page.keyboard.press("Enter")
  await page.getByRole("heading", { name: "The ladder" }).waitFor()
  for (const words of ["4 of 5", "5 of 5"]) {
    await page.getByRole("button", { name: "Next" }).press("Enter")
    await step(words).waitFor()
  }
  await page.getByRole("heading", { name: "Time line" }).waitFor()
  await page.getByRole("button", { name: "Done" }).press("Enter")
  await step("5 of 5").waitFor({ state: "detached" })
  await page.reload()
  await page.getByRole("heading", { name: "Time line" }).waitFor()
  await step("of 5").waitFor({ state: "detached" })
  await page.locator("main").focus()
  await page.keyboard.press("?")
  await page.getByRole("button", { name: "Take the tour" }).click()
  await step("1 of 5").waitFor()
  await page.getByRole("button", { name: "Skip the tour" }).press("Escape")
  await step("1 of 5").waitFor({ state: "detached" })
}

/** An answer nobody can draw: its page says so, the next one is there, and it comes back with a sound answer. */
export async function breaksOnePage(page: Page): Promise<void> {
  const broken = page.getByRole("heading", { name: "This cannot be shown" })
  await page.route("**/api/timeline", route => route.fulfill({ json: { schema: 1, entries: [null] } }))
  await goTo(page, "t")
  await broken.waitFor()
  await page.screenshot({ path: screenshotAt("console/broken") })
  await goTo(page, "l")
  await page.getByRole("heading", { name: "The ladder" }).waitFor()
  await page.unroute("**/api/timeline")
  await goTo(page, "t")
  await page.locator(".story li").first().waitFor()
}

/** All that the first page brings along. */
export async function loadsLittle(url: string): Promise<void> {
  const document = await (await fetch(url)).text()
  const names = [...document.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(match => match[1]!)
  assert.ok(names.length >= 2, document)
  const sizes = await Promise.all(
    names.map(async name => gzipSync(await (await fetch(`${url}${name}`)).bytes()).length),
  )
  const kilobytes = sizes.reduce((sum, size) => sum + size, 0) / 1000
  assert.ok(kilobytes > 50 && kilobytes < 250, `${kilobytes} KB`)
}
