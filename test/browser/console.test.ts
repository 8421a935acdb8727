/** The console in a real browser, on a service that really runs: every page, every action, every refusal. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { after, before, test } from "node:test"
import { gzipSync } from "node:zlib"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { pagePaths } from "../../src/control/api/page-routes.ts"
import { ScratchProject } from "../integration/scratch-project.ts"
import { until } from "../integration/until.ts"
import { noBrowser, screenshotAt, startBrowser } from "./browser.ts"
import { readsWhatIsKept } from "./console-story.ts"

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
/** What nobody should call a service, and somebody will. */
const hostileName = `<script>1</script>"'&\u202eשלום 🌳${"x".repeat(20)}`
const wide = { width: 1440, height: 900 }
const narrow = { width: 390, height: 844 }
/** The machine may be busy with other tests. */
const patienceMs = 60_000

let project: ScratchProject
let browser: Browser
let admin: { url: string; token: string }

before(
  async () => {
    if (noBrowser) return
    project = await ScratchProject.create({
      config: { name: hostileName, web: { drainTimeoutMs: 1_000, readyTimeoutMs: 120_000 } },
    })
    await project.succeed("up", "--detach")
    browser = await startBrowser(["--host-resolver-rules=MAP evil.example 127.0.0.1"])
    admin = JSON.parse(project.read(".banyan/run/admin.json"))
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

const card = (page: Page, id: string) => page.locator(`.card[data-id="${id}"]`)
const failed = async (page: Page) => Number(await page.locator(".failed").getAttribute("data-failed"))

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
    }
    const found = await axe.run()
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)
  })
}

const options = { skip: noBrowser, timeout: 300_000 }

/** What is on a page once it has read what it shows. */
const signs: Readonly<Record<string, string>> = {
  "/": '.card[data-id="app-1"]',
  "/timeline": ".story li",
  "/config": "tbody tr",
  "/doctor": ".findings [data-level]",
}

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
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
          assert.ok(overflow <= 0, `${name} is ${overflow} px too wide`)
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

test("all that a browser loads stays under 250 KB gzip", options, async () => {
  const document = await (await fetch(admin.url)).text()
  const names = [...document.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(match => match[1]!)
  assert.ok(names.length >= 2, document)
  const sizes = await Promise.all(
    names.map(async name => gzipSync(await (await fetch(`${admin.url}${name}`)).bytes()).length),
  )
  const kilobytes = sizes.reduce((sum, size) => sum + size, 0) / 1000
  assert.ok(kilobytes > 50 && kilobytes < 250, `${kilobytes} KB`)
})

test("by keyboard: palette, help, g and a letter", options, async () => {
  const { page, context, complaints } = await open("/")
  await card(page, "app-1").waitFor()
  await page.keyboard.press("Control+k")
  await page.getByRole("combobox").fill("ladd")
  await page.keyboard.press("Enter")
  await page.getByRole("heading", { name: "The ladder" }).waitFor()
  await page.keyboard.press("g")
  await page.keyboard.press("i")
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

test("grow, scale, kill, freeze under load: seen as they happen, and nothing fails", options, async t => {
  const { page, context, complaints } = await open("/")
  await card(page, "app-1").waitFor()
  const before = await failed(page)
  const load = steadyRequests()
  t.after(() => load.stop())
  await page.getByRole("button", { name: "Grow" }).click()
  await page.locator("dialog .step").first().waitFor()
  await page.getByRole("button", { name: "Do it" }).click()
  for (const id of ["edge-1", "web-1", "web-2"]) await card(page, id).waitFor()
  await card(page, "app-1").waitFor({ state: "detached" })
  await page.locator(".plan .chip.done").waitFor()
  assert.equal(await page.locator(".stage-chip").textContent(), "balanced")

  await page.getByRole("button", { name: "One web more" }).click()
  await page.getByRole("button", { name: "Do it" }).click()
  await card(page, "web-3").and(page.locator('[data-state="ready"]')).waitFor()
  await page.screenshot({ path: screenshotAt("console/picture-balanced"), fullPage: true })
  await page.keyboard.press("g")
  await page.keyboard.press("t")
  await page
    .getByRole("button", { name: /Steps of/ })
    .first()
    .click()
  await page.locator(".story .step").first().waitFor()
  await page.keyboard.press("g")
  await page.keyboard.press("c")
  await page.locator(".chart canvas").first().waitFor()
  await page.getByRole("button", { name: "2 min" }).click()
  assert.match(page.url(), /charts\?last=2m$/)
  await page.keyboard.press("g")
  await page.keyboard.press("p")
  assert.deepEqual(await load.stop(), [], "planned changes fail nothing")
  assert.equal(await failed(page), before)

  const pid = () => page.locator(".inspector .facts div", { hasText: "process" }).locator("dd").textContent()
  await card(page, "web-3").click()
  const killed = await pid()
  await page.getByRole("button", { name: "Kill web-3" }).click()
  await page.locator("dialog").getByRole("button", { name: "Kill" }).click()
  await page.waitForFunction(old => {
    const facts = [...document.querySelectorAll(".inspector .facts div")]
    const process = facts.find(each => each.querySelector("dt")?.textContent === "process")
    const now = process?.querySelector("dd")?.textContent
    return now !== undefined && now !== old
  }, killed)
  await card(page, "web-3").and(page.locator('[data-state="ready"]')).waitFor()
  await page.locator(".plan-line", { hasText: "web-3 exited (SIGKILL)" }).waitFor()

  await readsWhatIsKept(page)
  await context.close()
  assert.deepEqual(complaints, [])
})

test("the supervisor dies and comes back under the page: said, and gone on with", options, async () => {
  const { page, context, complaints } = await open("/")
  const status = page.locator(".pill")
  await status.filter({ hasText: "settled" }).waitFor()
  const { supervisor } = await project.state()
  process.kill(supervisor.pid, "SIGKILL")
  await status.filter({ hasText: "disconnected" }).waitFor()
  await status.filter({ hasText: "settled" }).waitFor()
  await card(page, "web-1").and(page.locator('[data-state="ready"]')).waitFor()
  await context.close()
  assert.deepEqual(complaints, [])
})

test("a foreign page, a foreign name for this host, a frame: refused", options, async () => {
  const port = new URL(admin.url).port
  const page = await browser.newPage()
  const rebound = await page.goto(`http://evil.example:${port}/`)
  assert.equal(rebound?.status(), 421)
  // The service itself is another origin on this very host.
  await page.goto(`http://127.0.0.1:${project.port}/`)
  const asked = await page.evaluate(async ({ url, token }) => {
    const headers = { authorization: `Bearer ${token}` }
    return fetch(`${url}/api/state`, { headers }).then(
      answer => `answered ${answer.status}`,
      () => "blocked",
    )
  }, admin)
  assert.equal(asked, "blocked")
  await page.evaluate(url => {
    document.body.append(Object.assign(document.createElement("iframe"), { src: url }))
  }, admin.url)
  const isRefused = () => page.frames().some(frame => frame.url().startsWith("chrome-error:"))
  await until("the frame's refusal", isRefused)
  await page.close()
})

/** One request after the other on connections of their own; stopping tells what failed. */
function steadyRequests() {
  const failures: string[] = []
  let goesOn = true
  const done = (async () => {
    while (goesOn) {
      const answer = await project.get().catch(error => String(error))
      if (typeof answer === "string" || answer.status !== 200)
        failures.push(typeof answer === "string" ? answer : String(answer.status))
    }
  })()
  return {
    async stop() {
      goesOn = false
      await done
      return failures
    },
  }
}
