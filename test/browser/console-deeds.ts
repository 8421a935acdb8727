import type { Page } from "playwright-core"
import { screenshotAt } from "./browser.ts"
import { card, dialog, goTo, pidShown, planLine } from "./console-page.ts"

/** What is done to single instances, from the picture and from the table. */

async function askOf(page: Page, id: string, act: string): Promise<void> {
  await page.getByRole("button", { name: `${act} ${id}` }).click()
}

/** Killed, as its dialog says, it is started again; frozen, it is told where it is seen, and goes on by itself. */
export async function killsAndFreezes(page: Page): Promise<void> {
  await card(page, "web-3").click()
  const killed = await pidShown(page)
  await askOf(page, "web-3", "Kill")
  await dialog(page).locator(".step", { hasText: "start web-3" }).waitFor()
  await page.screenshot({ path: screenshotAt("console/ask-kill") })
  await dialog(page).getByRole("button", { name: "Kill" }).click()
  await page.waitForFunction(old => {
    const facts = [...document.querySelectorAll(".inspector .facts div")]
    const process = facts.find(each => each.querySelector("dt")?.textContent === "process")
    const now = process?.querySelector("dd")?.textContent
    return now !== undefined && now !== old
  }, killed)
  await card(page, "web-3", "ready").waitFor()
  await planLine(page, "web-3 exited (SIGKILL)").waitFor()

  await askOf(page, "web-3", "Freeze")
  await dialog(page).getByRole("combobox").selectOption("60")
  await dialog(page).locator(".step", { hasText: "start web-3" }).waitFor()
  await page.screenshot({ path: screenshotAt("console/ask-freeze") })
  await dialog(page).getByRole("combobox").selectOption("5")
  await dialog(page).getByText("this is shorter").waitFor()
  await dialog(page).getByRole("button", { name: "Freeze" }).click()
  await card(page, "web-3", "frozen").waitFor()
  await page.screenshot({ path: screenshotAt("console/picture-frozen"), fullPage: true })
  await card(page, "web-3", "ready").waitFor()
  await askOf(page, "web-3", "Freeze")
  await dialog(page).getByRole("combobox").selectOption("30")
  await dialog(page).getByRole("button", { name: "Freeze" }).click()
  await card(page, "web-3", "frozen").waitFor()
  await askOf(page, "web-3", "Thaw")
  await card(page, "web-3", "ready").waitFor()
  await goTo(page, "t")
  await page.locator(".story li", { hasText: "web-3 was frozen for 5 s" }).waitFor()
}

/** From the table: another one takes its place, one fewer; what nobody could stand in for is refused in words. */
export async function restartsAndDrains(page: Page): Promise<void> {
  await goTo(page, "i")
  await askOf(page, "postgres-1", "Restart")
  await dialog(page).getByText("only database").waitFor()
  await page.screenshot({ path: screenshotAt("console/refused") })
  await page.keyboard.press("Escape")
  await askOf(page, "web-3", "Restart")
  await dialog(page).locator(".step", { hasText: "start web-4" }).waitFor()
  await page.screenshot({ path: screenshotAt("console/ask-restart") })
  await dialog(page).getByRole("button", { name: "Do it" }).click()
  const row = (id: string) => page.locator("tbody tr", { has: page.getByRole("link", { name: id }) })
  await row("web-4").waitFor()
  await row("web-3").waitFor({ state: "detached" })
  await goTo(page, "p")
  await page.locator(".plan .chip.done").waitFor()
  await card(page, "web-1").click()
  await askOf(page, "web-1", "Drain")
  await dialog(page).locator(".step", { hasText: "drain web-1" }).waitFor()
  await dialog(page).getByRole("button", { name: "Do it" }).click()
  await card(page, "web-1").waitFor({ state: "detached" })
  await planLine(page, "drain web-1").locator(".chip.done").waitFor()
  await page.screenshot({ path: screenshotAt("console/picture-drained"), fullPage: true })
}
