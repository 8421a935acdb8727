import assert from "node:assert/strict"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import type { Page } from "playwright-core"
import { runFiles } from "../../src/boot/drills/run-files.ts"
import { htmlReport } from "../../src/lab/report/html-report.ts"
import { hostile, sampleReport } from "../../src/lab/report/testing/sample-report.ts"
import { processesBelow } from "../integration/processes.ts"
import type { ScratchProject } from "../integration/scratch-project.ts"
import { until } from "../integration/until.ts"
import { screenshotAt } from "./browser.ts"
import { readsInAudit, status } from "./console-page.ts"
import { violations } from "./violations.ts"

/** A drill is begun, watched over the death of its supervisor, and cancelled: nothing of it stays but what it said. */
export async function runsADrill(page: Page, project: ScratchProject): Promise<void> {
  await page
    .locator(".drills tbody tr", { hasText: "kill-any" })
    .filter({ hasText: "needs a network" })
    .waitFor()
  const start = page.getByRole("button", { name: "Run short: overload" })
  await start.click()
  const run = page.getByRole("region", { name: "Run of overload" })
  await run.locator(".chip", { hasText: "runs" }).waitFor()
  assert.ok(await start.isDisabled(), "one at a time, from its begin on")
  await page.getByRole("button", { name: /^Watch overload-/ }).waitFor()
  assert.deepEqual(await violations(page), [])
  assert.match(page.url(), /\/drills\?run=overload-\d+$/)
  const isDrill = ({ command }: { command: string }) => command.includes("main.ts drill overload --short")
  await until("the drill's process", () => processesBelow(project.folder).some(isDrill))
  const drills = project.at(".banyan/drills")
  await until("its service", () => existsSync(drills) && processesBelow(drills).length > 0)

  const { supervisor } = await project.state()
  process.kill(supervisor.pid, "SIGKILL")
  await status(page, "disconnected").waitFor()
  await status(page, "settled").waitFor()
  await run.locator(".chip", { hasText: "runs" }).waitFor()
  assert.ok(await start.isDisabled(), "one at a time")
  await page.screenshot({ path: screenshotAt("console/drills-running"), fullPage: true })
  await run.getByRole("button", { name: "Cancel" }).click()
  await run.locator(".chip", { hasText: "cancelled" }).waitFor()
  await run.getByRole("log").filter({ hasText: "interrupted" }).waitFor()
  await until("nothing left", () => !processesBelow(project.folder).some(isDrill))
  assert.deepEqual([processesBelow(drills), readdirSync(drills)], [[], []])
  await page.screenshot({ path: screenshotAt("console/drills-cancelled"), fullPage: true })

  await page.locator("main").focus()
  await readsInAudit(page, ["drill overload --short", "cancel drill overload-"])
  assert.match(readFileSync(project.at(".banyan/audit.ndjson"), "utf8"), /cancel drill/)
}

/** A run that ended when nobody looked: what it found is read, as text whatever it says, and saved as the page of the lab. */
export async function readsAReport(page: Page, project: ScratchProject): Promise<void> {
  const html = leaveRun(project, "climb-1760000000000")
  await page.getByRole("button", { name: "Open climb-1760000000000" }).click()
  const run = page.getByRole("region", { name: "Run of climb" })
  await run.getByRole("log").filter({ hasText: "what it said" }).waitFor()
  await run.locator(".report tbody tr", { hasText: hostile }).waitFor()
  await run.getByText(`✗ checker ${hostile}: 2 checked`).waitFor()
  assert.equal(await run.locator("img").count(), 0)
  const begun = page.waitForEvent("download")
  await run.getByRole("button", { name: "Save as a page" }).click()
  const download = await begun
  assert.equal(download.suggestedFilename(), "climb-1760000000000.html")
  assert.equal(readFileSync(await download.path(), "utf8"), html)

  const { width, height } = page.viewportSize()!
  for (const narrower of [width, 390]) {
    await page.setViewportSize({ width: narrower, height })
    await page.screenshot({ path: screenshotAt(`console/drills-report-${narrower}`), fullPage: true })
    assert.deepEqual(await violations(page), [], `${narrower} px`)
    for (const button of await page.locator(".drills button, .folding button").all()) {
      const { x, width: its } = (await button.boundingBox())!
      assert.ok(x >= 0 && x + its <= narrower, "can be pressed without scrolling sideways")
    }
  }
  await page.setViewportSize({ width, height })
  await run.getByRole("button", { name: "Close" }).click()
  await run.waitFor({ state: "detached" })
}

/** As a supervisor that is no more left it behind; tells the page that the lab made of it. */
function leaveRun(project: ScratchProject, id: string): string {
  const report = sampleReport()
  const html = htmlReport(report)
  const { verdict, n, requests, failed, short, seed } = report
  const startedAtMs = 1_760_000_000_000
  const folder = project.at(`.banyan/drill-runs/${id}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const write = (file: string, text: string) => writeFileSync(`${folder}/${file}`, text)
  write(runFiles.run, JSON.stringify({ name: "climb", short, seed, startedAtMs, pid: 0, startedAt: "" }))
  write(runFiles.output, `what it said: ${hostile}\n`)
  write(runFiles.report, JSON.stringify(report))
  write(runFiles.page, html)
  write(runFiles.end, JSON.stringify({ endedAtMs: startedAtMs + 1, code: 1, verdict, n, requests, failed }))
  return html
}
