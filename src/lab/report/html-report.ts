import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import type { DrillReport } from "../drills/drill.ts"
import { html, jsonInScript, Markup } from "./html.ts"
import { checkersSection, episodesSection, factsSection, verdictSection } from "./report-sections.ts"

type Assets = { readonly styles: readonly string[]; readonly scripts: readonly string[] }

let assets: Assets | undefined

/**
 * A drill's report as one page that needs nothing else: no other file, no network. The whole report stands in it as
 * JSON (`script#report`), so that others can judge it again. Its policy (CSP level 2, section 4.2.5) lets run what was
 * written here and nothing more, and everything a service may have said is escaped.
 */
export function htmlReport(report: DrillReport): string {
  assets ??= readAssets()
  const { styles, scripts } = assets
  const policy = [
    "default-src 'none'",
    `style-src ${styles.map(hashOf).join(" ")}`,
    `script-src ${scripts.map(hashOf).join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ")
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Drill ${report.drill}: ${report.verdict}</title>
${styles.map(style => html`<style>${new Markup(style)}</style>\n`)}</head>
<body>
<main>
${verdictSection(report)}
${timelineSection}
${episodesSection(report)}
${checkersSection(report)}
${factsSection(report)}
${limitsSection}
</main>
<script type="application/json" id="report">${jsonInScript(report)}</script>
${scripts.map(script => html`<script>${new Markup(script)}</script>\n`)}</body>
</html>
`
  return page.text
}

const timelineSection = html`<section>
<h2>What happened when</h2>
<p class="soft">Drag over a chart to look closer; an episode's name leads to it. <button type="button" id="whole">Show everything</button></p>
<div class="card charts">
<h3>Latency <span class="soft">ms, from the intended send time</span></h3><div id="latency"></div>
<h3>Requests <span class="soft">a second</span></h3><div id="requests"></div>
<h3>Steps of plans <span class="soft">by instance: start green, route and open blue, close and drain amber, stop grey, failed or undone red</span></h3><div id="steps"></div>
<p id="now" class="soft"></p>
</div>
<noscript><p class="notice">The charts need scripts; the tables do not.</p></noscript>
</section>`

const limitsSection = html`<section>
<h2>What this drill does not show</h2>
<p class="card">Everything ran on one machine, on its loopback interface: no real network with its losses, delays and
cuts, no second machine that can fail alone. Processes were killed, but the power was not: what a disk says it has
written was believed. Load generator, checkers and service shared the processors, so latencies are those of this
machine under this load, not what a service of its own would reach. A drill that passes n times has not shown that
it passes always; n is given above.</p>
</section>`

function readAssets(): Assets {
  const packaged = createRequire(import.meta.url)
  const ours = (name: string) => readFileSync(join(import.meta.dirname, "page", name), "utf8")
  const uplot = (name: string) => readFileSync(packaged.resolve(`uplot/dist/${name}`), "utf8")
  return {
    styles: [uplot("uPlot.min.css"), ours("report.css")],
    scripts: [uplot("uPlot.iife.min.js"), ours("charts.js")],
  }
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`
}
