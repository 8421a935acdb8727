/** `npm run pictures`: the README's pictures, taken of a real service that grows, is loaded and loses its primary. */
import { mkdirSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import type { Browser, Page } from "playwright-core"
import { beigelApp, ScratchProject } from "../integration/scratch-project.ts"
import { rows } from "./beigel-page.ts"
import { startBrowser } from "./browser.ts"
import { card, change, dialog, growthMs, status } from "./console-page.ts"

const folder = fileURLToPath(new URL("../../docs/pictures", import.meta.url))
/** So long there is load before and after the strike: the charts want something to show. */
const loadedMs = 20_000

const at = (name: string) => `${folder}/${name}.png`

async function openPage(browser: Browser, url: string, colorScheme: "light" | "dark", height = 900) {
  const context = await browser.newContext({
    colorScheme,
    viewport: { width: 1440, height },
    locale: "en-US",
  })
  await context.addInitScript("localStorage.setItem('banyan-tour', 'done')")
  const page = await context.newPage()
  page.setDefaultTimeout(growthMs)
  await page.goto(url)
  return page
}

async function killPrimary(page: Page): Promise<void> {
  await card(page, "postgres-1").click()
  await page.getByRole("button", { name: "Kill postgres-1" }).click()
  await dialog(page).getByRole("button", { name: "Kill" }).click()
  await page.locator(".card.promoted").waitFor()
  await card(page, "postgres-1", "ready").waitFor()
  await status(page, "settled").waitFor()
}

async function takePictures(project: ScratchProject, browser: Browser): Promise<void> {
  const admin = project.admin()
  const console = (path: string) => `${admin.url}${path}#token=${admin.token}`

  const near = await openPage(browser, `http://127.0.0.1:${project.port}/`, "light")
  await rows(near).first().waitFor()
  await near.locator(".bubble").first().waitFor()
  await near.screenshot({ path: at("beigel") })

  const home = await openPage(browser, console("/"), "light", 980)
  await status(home, "settled").waitFor()
  await home.getByRole("button", { name: "Start load" }).click()
  for (const stage of ["balanced", "replicated"]) await change(home, "Grow", stage)
  await sleep(loadedMs)
  const ladder = await openPage(browser, console("/ladder"), "light")
  await status(ladder, "settled").waitFor()
  await ladder.screenshot({ path: at("ladder"), fullPage: true })

  await killPrimary(home)
  await home.screenshot({ path: at("picture"), fullPage: true })

  await sleep(loadedMs)
  const charts = await openPage(browser, console("/charts"), "dark")
  await charts.getByRole("button", { name: "2 min" }).click()
  await sleep(3000)
  await charts.screenshot({ path: at("charts") })
  const requests = await openPage(browser, console("/requests"), "dark", 760)
  await requests.locator("tbody tr a").first().click()
  await requests.getByText("send the answer").waitFor()
  await requests.screenshot({ path: at("request") })
}

mkdirSync(folder, { recursive: true })
const project = await ScratchProject.create({ config: { app: beigelApp } })
const browser = await startBrowser()
try {
  await project.succeed("up", "--detach", "--seed-posts", "3000")
  await takePictures(project, browser)
} finally {
  await browser.close()
  await project.remove()
}
