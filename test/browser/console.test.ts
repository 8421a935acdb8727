/** The console in a real browser, on a service that really runs: every page, every action, every refusal. */
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { pagePaths } from "../../src/control/api/page-routes.ts"
import { ScratchProject } from "../integration/scratch-project.ts"
import { watchService } from "../integration/watch-service.ts"
import { noBrowser, screenshotAt, startBrowser } from "./browser.ts"
import { followsTheFile } from "./config-story.ts"
import { killsAndFreezes, restartsAndDrains } from "./console-deeds.ts"
import { countedBy, endsLoad, loadsFromTwoTabs, seen, startsLoad } from "./console-load.ts"
import {
  countsErrors,
  holdsAHundredThousandLines,
  losesItsLog,
  missesNoLine,
  readsLogs,
} from "./console-logs.ts"
import { breaksOnePage, loadsLittle, takesTheTour } from "./console-newcomer.ts"
import { card, dialog, failedShown, goTo, readsInAudit, signs, status } from "./console-page.ts"
import { askingApp, readsARequest } from "./console-requests.ts"
import { readsTheStory, readsWhatIsKept } from "./console-story.ts"
import { refusesStrangers } from "./console-strangers.ts"
import { opensManyTabs } from "./console-tabs.ts"
import { asksTheDatabase } from "./data-story.ts"
import { readsAReport, runsADrill } from "./drills-story.ts"
import { violations } from "./violations.ts"

/** What nobody should call a service, and somebody will. */
const hostileName = `<script>1</script>"'&\u202eשלום 🌳${"x".repeat(20)}`
const wide = { width: 1440, height: 900 }
const narrow = { width: 390, height: 844 }
/** The machine may be busy with other tests. */
const patienceMs = 60_000
/** Time enough to see somebody frozen who is not taken for dead, and to let them go on. */
const hungAfterMs = 40_000
let project: ScratchProject
let browser: Browser
let admin: { url: string; token: string }

before(
  async () => {
    if (noBrowser) return
    project = await ScratchProject.create({
      app: askingApp,
      config: {
        name: hostileName,
        hungAfterMs,
        web: { drainTimeoutMs: 10_000, readyTimeoutMs: 120_000 },
      },
    })
    await project.succeed("up", "--detach")
    browser = await startBrowser(["--host-resolver-rules=MAP evil.example 127.0.0.1"])
    admin = project.admin()
  },
  { timeout: 180_000 },
)

after(async () => {
  await browser?.close()
  await project?.remove()
})

type Opened = { page: Page; context: BrowserContext; complaints: string[] }

/** A tab of its own; whatever the page complains of, or asks somebody else for, is kept. */
async function open(path: string, options: Parameters<Browser["newContext"]>[0] = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: wide, ...options })
  if (!options.hasTouch) await context.addInitScript(() => localStorage.setItem("banyan-tour", "done"))
  const page = await context.newPage()
  page.setDefaultTimeout(patienceMs)
  const complaints: string[] = []
  page.on("pageerror", error => complaints.push(error.message))
  page.on("console", message => {
    // While the supervisor is away the browser itself says so.
    const isNetwork = /net::|Failed to load resource/.test(message.text())
    if (message.type() === "error" && !isNetwork) complaints.push(message.text())
  })
  page.on("request", request => {
    const isOwn = request.url().startsWith(`${admin.url}/`) || request.url().startsWith("data:")
    if (!isOwn) complaints.push(`asked ${request.url()}`)
  })
  await page.goto(`${admin.url}${path}#token=${admin.token}`)
  return { page, context, complaints }
}

/** One story in a tab of its own, in which nothing may be complained of. */
async function visit(path: string, story: (page: Page) => Promise<void>): Promise<void> {
  const { page, context, complaints } = await open(path)
  await story(page)
  await context.close()
  assert.deepEqual(complaints, [])
}

const options = { skip: noBrowser, timeout: 300_000 }

test(
  "every page, wide and narrow, light and dark: no fault of access, nothing clipped sideways",
  options,
  async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      for (const viewport of [wide, narrow]) {
        const { page, context, complaints } = await open("/", {
          colorScheme,
          viewport,
          reducedMotion: "reduce",
        })
        for (const pattern of pagePaths) {
          const path = pattern.replace("/instances/:id", "/instances/app-1").replace(":id", "none")
          await page.evaluate(to => {
            history.pushState(null, "", to)
            dispatchEvent(new PopStateEvent("popstate"))
          }, path)
          await page.locator("main h2").first().waitFor()
          const sign = signs[path]
          if (sign !== undefined) await page.locator(sign).first().waitFor()
          const name = `${path === "/" ? "picture" : path.slice(1).replace("/", "-")}-${viewport.width}-${colorScheme}`
          await page.screenshot({ path: screenshotAt(`console/${name}`), fullPage: true })
          assert.deepEqual(await violations(page), [], name)
        }
        assert.deepEqual(complaints, [])
        await context.close()
      }
    }
  },
)

test(
  "the token leaves the address; a reload and a deep link go on; without it the page asks",
  options,
  async () => {
    const { page, context, complaints } = await open("/ladder")
    await page.getByRole("heading", { name: "The ladder" }).waitFor()
    assert.equal(page.url(), `${admin.url}/ladder`)
    await page.reload()
    await page.locator(".rung[data-place=here]").waitFor()
    assert.equal(await page.locator("h1").textContent(), hostileName)
    await context.close()
    assert.deepEqual(complaints, [])

    const locked = await browser.newPage()
    await locked.goto(`${admin.url}/instances/app-1`)
    await locked.getByRole("textbox", { name: "Token" }).fill(admin.token)
    await locked.getByRole("button", { name: "Open" }).click()
    await locked.getByRole("heading", { name: "app-1" }).waitFor()
    await locked.close()
  },
)

test("all that a browser loads stays under 250 KB gzip", options, () => loadsLittle(admin.url))

test("by keyboard: palette, help, g and a letter", options, async () => {
  const { page, context, complaints } = await open("/")
  await card(page, "app-1").waitFor()
  await page.keyboard.press("Control+k")
  await page.getByRole("combobox").fill("ladd")
  await page.keyboard.press("Enter")
  await page.getByRole("heading", { name: "The ladder" }).waitFor()
  await goTo(page, "i")
  await page.getByRole("heading", { name: "Instances" }).waitFor()
  await page.keyboard.press("/")
  await page.keyboard.type("postgres")
  await page.locator("tbody tr").nth(1).waitFor({ state: "detached" })
  assert.match(page.url(), /\/instances\?q=postgres$/)
  await page.locator("main").focus()
  await page.keyboard.press("?")
  await page.getByRole("heading", { name: "Keys" }).waitFor()
  await page.keyboard.press("Escape")
  await context.close()
  assert.deepEqual(complaints, [])
})

test("a database is asked, and only asked; what is hostile stays text", options, () =>
  visit("/data", asksTheDatabase),
)

test("the configuration page follows the file, and tells what is wrong in it", options, () =>
  visit("/config", page => followsTheFile(page, project)),
)

test("errors of the last minute: on the card, in the table, and where they lead", options, () =>
  visit("/", page => countsErrors(page, project)),
)

test("logs: filters, follow, pause, a line's request; a hundred thousand lines", options, async t => {
  const { page, context, complaints } = await open("/logs")
  await readsLogs(page, project)
  await page.goto(`${admin.url}/logs?of=web-9`)
  t.diagnostic(await holdsAHundredThousandLines(page, project))
  await context.close()
  assert.deepEqual(complaints, [])
})

test("five tabs of logs in one window: those out of sight hold no connection", options, () =>
  opensManyTabs(admin, project),
)

test("a drill is run beside the service, watched over a supervisor's death, and cancelled", options, () =>
  visit("/drills", page => runsADrill(page, project)),
)

test("a drill's report is read, and saved as a page; on a phone, too", options, () =>
  visit("/drills", page => readsAReport(page, project)),
)

test("grow, scale, kill, freeze under load: seen as they happen, and nothing fails", options, async t => {
  const { page, context, complaints } = await open("/")
  await card(page, "app-1").waitFor()
  const before = await failedShown(page)
  const load = watchService(project, 0)
  t.after(() => load.end())
  await page.getByRole("button", { name: "Grow" }).click()
  await dialog(page).locator(".step").first().waitFor()
  await page.getByRole("button", { name: "Do it" }).click()
  for (const id of ["edge-1", "web-1", "web-2"]) await card(page, id).waitFor()
  await card(page, "app-1").waitFor({ state: "detached" })
  await page.locator(".plan .chip.done").waitFor()
  await page.locator(".stage-chip", { hasText: /^balanced$/ }).waitFor()

  await page.getByRole("button", { name: "One web more" }).click()
  await page.getByRole("button", { name: "Do it" }).click()
  await card(page, "web-3", "ready").waitFor()
  await page.screenshot({ path: screenshotAt("console/picture-balanced"), fullPage: true })
  await readsTheStory(page)
  await goTo(page, "p")
  assert.deepEqual(await load.end(), [], "planned changes fail nothing")
  assert.equal(await failedShown(page), before)

  await killsAndFreezes(page)
  await restartsAndDrains(page)
  await readsARequest(page, project.port)
  await readsWhatIsKept(page)
  await context.close()
  assert.deepEqual(complaints, [])
})

test(
  "the tour at first open, by keys, not again but from help; one broken page breaks no other",
  options,
  async () => {
    // A browser with a finger is the newcomer here: all others have seen the tour.
    const { page, context, complaints } = await open("/", { hasTouch: true })
    await takesTheTour(page)
    assert.deepEqual(await violations(page), [])
    await breaksOnePage(page)
    assert.deepEqual(await violations(page), [])
    await context.close()
    assert.deepEqual(
      complaints.filter(words => !/Invalid time value|Cannot read/.test(words)),
      [],
    )
  },
)

test("load from the console: several tabs agree; it is audited", options, async () => {
  const [one, two] = [await open("/"), await open("/")]
  await loadsFromTwoTabs(one.page, two.page)
  await readsInAudit(two.page, ["load --rps 50", "load --rps 125", "load ends"])
  for (const { context, complaints } of [one, two]) {
    assert.deepEqual(complaints, [])
    await context.close()
  }
})

test(
  "the supervisor dies and comes back under the page: said, and gone on with, the load as well",
  options,
  async () => {
    const { page, context, complaints } = await open("/")
    const logs = await open("/logs?of=web-9&q=while")
    await status(page, "settled").waitFor()
    await startsLoad(page)
    const { supervisor } = await project.state()
    process.kill(supervisor.pid, "SIGKILL")
    // Both look at once: whoever looks second may come when another supervisor answers already.
    await Promise.all([status(page, "disconnected").waitFor(), losesItsLog(logs.page)])
    await missesNoLine(logs.page, project)
    await status(page, "settled").waitFor()
    await card(page, "web-2", "ready").waitFor()
    await seen(page, "sent").waitFor()
    const { failed, why } = await countedBy(page)
    assert.equal(failed, 0, `failed: ${why}`)
    await endsLoad(page)
    for (const opened of [context, logs.context]) await opened.close()
    assert.deepEqual([...complaints, ...logs.complaints], [])
  },
)

test("a foreign page, a foreign name for this host, a frame: refused", options, () =>
  refusesStrangers(browser, admin, project.port),
)
