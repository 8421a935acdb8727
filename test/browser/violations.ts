import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Page } from "playwright-core"

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** What is wrong with a page: rules of accessibility that are broken (axe), and a page wider than the screen. */
export async function violations(page: Page): Promise<string[]> {
  // Brought by the browser's own tools: the page's rules would not let it in.
  if (!(await page.evaluate(`"axe" in globalThis`))) await page.evaluate(axeSource)
  await page.waitForFunction(isAtRest)
  return page.evaluate(wrongWithThePage)
}

/** Runs in the page. What still fades in or out has colours of its own for a moment; what moves for ever is part of the page. */
function isAtRest(): boolean {
  return document.getAnimations().every(each => each.effect?.getComputedTiming().endTime === Infinity)
}

type Axe = {
  run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>
}

/** Runs in the page. */
async function wrongWithThePage(): Promise<string[]> {
  const { axe, document, innerWidth } = globalThis as unknown as {
    axe: Axe
    innerWidth: number
    document: { documentElement: { scrollWidth: number } }
  }
  const { violations } = await axe.run()
  const wrong = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary ?? ""}`),
  )
  const { scrollWidth } = document.documentElement
  if (scrollWidth > innerWidth) wrong.push(`${scrollWidth} px wide`)
  return wrong
}
