import assert from "node:assert/strict"
import { appendFileSync, readFileSync } from "node:fs"
import type { Page } from "playwright-core"
import { mostRows } from "../../console/logs/log-store.ts"
import type { ScratchProject } from "../integration/scratch-project.ts"
import { until } from "../integration/until.ts"
import { screenshotAt } from "./browser.ts"
import { violations } from "./violations.ts"

/** A log beside those of the processes: whoever writes it, its lines are read. */
const log = "web-9"
/** What clients send finds its way into logs. */
const hostile = `<img src=x onerror=alert(1)> \u001b[2J \u202eשלום 🌳 ${"x".repeat(500)}`

type Level = 30 | 40 | 50
const lineOf = (msg: string, level: Level = 30) =>
  `${JSON.stringify({ level, time: new Date().toISOString(), id: log, msg })}\n`

/** Every filter, follow, pause, clear, download, a line's fields and its request; the page begins at `/logs`. */
export async function readsLogs(page: Page, project: ScratchProject): Promise<void> {
  const file = project.at(`.banyan/logs/${log}.log`)
  const write = (text: string) => appendFileSync(file, text)
  const lines = page.locator(".line")
  const button = (name: string | RegExp) =>
    page.getByRole("button", { name, exact: typeof name === "string" })
  write(Array.from({ length: 200 }, (_, nth) => lineOf(`word ${nth}`)).join("") + lineOf(hostile, 40))
  await lines.filter({ hasText: "<img src=x onerror" }).waitFor()
  assert.equal(await page.locator(".lines img").count(), 0)
  await button(log).click()
  await page.getByText("201 lines, from the first one on").waitFor()
  assert.match(page.url(), /\/logs\?of=web-9$/)

  await followsAndLetsGo(page, write)

  await button("Pause").click()
  write(lineOf("waits 1") + lineOf("waits 2", 50) + lineOf("waits 3"))
  await button("Go on (3 waiting)").click()
  await lines.filter({ hasText: "waits 3" }).waitFor()

  await button("error").click()
  await page.getByText("1 line, from the first one on").waitFor()
  await button("error").click()
  await page.keyboard.press("/")
  await page.keyboard.type("ORD 19")
  await page.getByText("11 lines, from the first one on").waitFor()
  await page.reload()
  await page.getByText("11 lines, from the first one on").waitFor()
  assert.match(page.url(), /of=web-9&q=ORD\+19$/)
  await downloads(page)
  await button("Clear").click()
  await page.getByText("No line is like that").waitFor()
  write(lineOf("word 19 again"))
  await lines.filter({ hasText: "word 19 again" }).waitFor()

  await readsARequest(page, project)
}

/** At the end the list sticks; a scroll upwards lets go, and what is read then stays where it is. */
async function followsAndLetsGo(page: Page, write: (text: string) => void): Promise<void> {
  const list = page.locator(".lines")
  const follow = page.getByRole("button", { name: "Follow" })
  const last = page.locator(".line").last()
  write(lineOf("newest"))
  await last.filter({ hasText: "newest" }).waitFor()
  assert.equal(await follow.getAttribute("aria-pressed"), "true")
  await list.hover()
  await page.mouse.wheel(0, -1_500)
  await page.locator("button[aria-pressed=false]", { hasText: "Follow" }).waitFor()
  const place = () => list.evaluate(each => each.scrollTop)
  const before = await place()
  write(lineOf("seen later").repeat(50))
  await page.getByText("252 lines").waitFor()
  assert.equal(await place(), before)
  await follow.click()
  await last.filter({ hasText: "seen later" }).waitFor()
}

/** A request's id leads to all that is written of it, and a line to its fields, by keys. */
async function readsARequest(page: Page, project: ScratchProject): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${project.port}/asked-for?by=logs`)
  const id = answer.headers.get("x-request-id")!
  await page.getByRole("button", { name: log, exact: true }).click()
  await page.getByRole("searchbox", { name: "Find lines" }).fill("/asked-for")
  await page.getByRole("link", { name: id }).first().click()
  assert.match(page.url(), new RegExp(`/logs\\?request=${id}$`))
  await page.locator(".log-filters button", { hasText: id }).waitFor()
  const line = page.locator(".line", { hasText: "GET /asked-for?by=logs 200" })
  const fields = page.locator(".line-detail")
  // The list is read anew a moment after the address says so: who was on a line of before, is on none.
  await until("the line's fields", async () => {
    await line.getByRole("button").press("Enter")
    return fields.isVisible()
  })
  await fields.locator("div", { hasText: "access.requestId" }).getByText(id).waitFor()
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ] as const) {
    await page.setViewportSize({ width, height })
    await page.screenshot({ path: screenshotAt(`console/logs-line-${width}`) })
    assert.deepEqual(await violations(page), [])
  }
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.getByRole("button", { name: "Restart app-1" }).click()
  await page.locator("dialog .step").first().waitFor()
  await page.keyboard.press("Escape")
  await page.getByRole("button", { name: "Close the line" }).click()
  await fields.waitFor({ state: "detached" })
  await page.goto(new URL("/instances/app-1", page.url()).href)
  await page.getByRole("link", { name: "errors" }).click()
  await page.getByText(/No line is like that|lines?, from the first one on/).waitFor()
  assert.match(page.url(), /\/logs\?of=app-1&level=error$/)
}

/** What an instance complains of is counted on its card, within a second, and leads to what it said. */
export async function countsErrors(page: Page, project: ScratchProject): Promise<void> {
  const said = lineOf("nobody expected this", 50)
  appendFileSync(project.at(".banyan/logs/app-1.log"), said + lineOf("all is well") + said)
  const badge = page.getByRole("link", { name: "errors in the log of app-1" })
  await badge.waitFor()
  const { instances } = await project.state()
  const counted = instances.find(({ id }) => id === "app-1")?.errorsLastMinute ?? 0
  assert.ok(counted >= 2, `${counted} errors`)
  await page.screenshot({ path: screenshotAt("console/errors-picture"), fullPage: true })
  assert.deepEqual(await violations(page), [])
  await page.goto(new URL("/instances", page.url()).href)
  await badge.click()
  assert.match(page.url(), /\/logs\?of=app-1&level=error$/)
  await page.locator(".line", { hasText: "nobody expected this" }).nth(1).waitFor()
  assert.equal(await page.locator(".line", { hasText: "all is well" }).count(), 0)
}

async function downloads(page: Page): Promise<void> {
  const begun = page.waitForEvent("download")
  await page.getByRole("button", { name: "Download" }).click()
  const entries = readFileSync(await (await begun).path(), "utf8")
    .trimEnd()
    .split("\n")
    .map(line => JSON.parse(line))
  assert.equal(entries.length, 11)
  assert.ok(entries.every(({ id, msg }) => id === log && msg.includes("word 19")))
}

/**
 * Writes as many lines as the page holds, as fast as it takes them, and scrolls through all of them. Tells how long it was
 * from frame to frame, and what they take. Judged is what a frame costs the page: how long it waits for a core is not its own.
 */
export async function holdsAHundredThousandLines(page: Page, project: ScratchProject): Promise<string> {
  const file = project.at(`.banyan/logs/${log}.log`)
  const status = page.locator(".log-state")
  const held = async () =>
    Number(/^[\d,]+/.exec((await status.textContent()) ?? "")?.[0].replaceAll(",", "") ?? 0)
  for (let rows = await held(); rows < mostRows; rows = await held()) {
    // One batch holds no more, and what it leaves out does not come again.
    appendFileSync(file, lineOf(`a line of many, after ${rows}`).repeat(Math.min(1_900, mostRows - rows)))
    await page.waitForFunction(
      ([words]) => document.querySelector(".log-state")?.textContent?.startsWith(words!) === false,
      [rows.toLocaleString("en")],
    )
  }
  const session = await page.context().newCDPSession(page)
  await session.send("Performance.enable", { timeDomain: "threadTicks" })
  const workedMs = async () => {
    const { metrics } = await session.send("Performance.getMetrics")
    return 1000 * metrics.find(({ name }) => name === "TaskDuration")!.value
  }
  const before = await workedMs()
  const frames = await page.evaluate(async () => {
    const list = document.querySelector(".lines")!
    const nextFrame = () => new Promise<number>(resolve => requestAnimationFrame(resolve))
    const times = [await nextFrame()]
    for (let nth = 0; nth < 300; nth++) {
      // Partly half a page at a time, partly far.
      list.scrollTop = nth < 200 ? nth * 300 : (list.scrollHeight * (nth - 200)) / 100
      times.push(await nextFrame())
    }
    return times.slice(1).map((time, nth) => time - times[nth]!)
  })
  const workMs = Math.round((await workedMs()) - before) / frames.length
  await session.send("HeapProfiler.collectGarbage")
  const { usedSize } = (await session.send("Runtime.getHeapUsage")) as { usedSize: number }
  const sorted = frames.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(10 * sorted[Math.ceil((sorted.length - 1) * share)]!) / 10
  const elements = await page.evaluate(() => document.querySelectorAll("*").length)
  const frameMs = { p50: at(0.5), p95: at(0.95), most: at(1) }
  const figures = { rows: await held(), workMs, frameMs, heapMb: Math.round(usedSize / 1e5) / 10, elements }
  const told = JSON.stringify(figures)
  assert.equal(figures.rows, mostRows)
  assert.ok(elements < 1_000 && figures.heapMb < 150 && workMs < 25, told)
  return told
}

/** The page says that nobody answers. */
export const losesItsLog = (page: Page): Promise<void> =>
  page.locator(".log-state", { hasText: "disconnected, retrying" }).waitFor()

/** While nobody answers a line is written: the page has it afterwards, once. */
export async function missesNoLine(page: Page, project: ScratchProject): Promise<void> {
  appendFileSync(project.at(`.banyan/logs/${log}.log`), "written while nobody listened\n")
  const written = page.locator(".line", { hasText: "written while" })
  await written.waitFor()
  assert.equal(await written.count(), 1)
}
