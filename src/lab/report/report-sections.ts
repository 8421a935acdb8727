import type { DrillReport, Episode } from "../drills/drill.ts"
import { html, type Markup } from "./html.ts"

/** Violations shown; the JSON in the page has all of them. */
const mostShown = 50

export function verdictSection(report: DrillReport): Markup {
  const { drill, verdict, claim, n, requests, failed, short, busy, skipped, violations } = report
  const more = violations.length - mostShown
  return html`<header>
<h1>Drill ${drill} <span class="verdict ${verdict}">${verdict}</span></h1>
<p class="claim">${claim}</p>
<dl class="tiles">
${tile("episodes (n)", n)}${tile("requests", requests)}${tile("failed", failed)}${tile("of them excused", excusedOf(report))}${tile("violations", violations.length)}
</dl>
${short ? [html`<p class="soft">The short form: it shows that the drill works here, not how often the claim holds.</p>`] : []}
${skipped.length > 0 ? [skippedNotice(skipped)] : []}
${busy.length > 0 ? [html`<p class="notice">A busy machine: ${busy.join("; ")}. Failures count, latencies say little.</p>`] : []}
${violations.length > 0 ? [html`<ul class="notice">${violations.slice(0, mostShown).map(words => html`<li>${words}</li>`)}</ul>`] : []}
${more > 0 ? [html`<p class="notice">and ${more} more</p>`] : []}
</header>`
}

function skippedNotice(skipped: DrillReport["skipped"]): Markup {
  const rows = skipped.map(
    ({ name, subject, why, remedy }) => html`<li>${name} ${subject}: ${why} (${remedy})</li>`,
  )
  return html`<div class="notice">Not tried here, so not shown:<ul>${rows}</ul></div>`
}

export function episodesSection({ episodes }: DrillReport): Markup {
  return html`<section>
<h2>Episodes</h2>
<div class="card wide"><table>
<thead><tr><th></th><th>episode</th><th class="number">took</th><th class="number">requests</th><th class="number">failed</th><th class="number">excused</th><th class="number">p50 ms</th><th class="number">p99 ms</th><th class="number">longest silence</th><th>streams ended</th></tr></thead>
<tbody>
${episodes.map(episodeRow)}
</tbody></table></div>
</section>`
}

function episodeRow(episode: Episode, index: number): Markup {
  const { name, tookMs, load, streams, violations, excused } = episode
  const ends = streams.map(({ kind, end, closeCode }) => `${kind} ${end}${closeCode ? ` ${closeCode}` : ""}`)
  const whys = Object.keys(excused).join("; ")
  const count = sumOf(excused)
  return html`<tr><td>${sign(violations.length === 0)}</td><th scope="row"><button type="button" data-episode="${index}">${name}</button></th><td class="number">${seconds(tookMs)}</td><td class="number">${load.sent}</td><td class="number">${load.failed}</td><td class="number" title="${whys}">${count}</td><td class="number">${load.latencyMs.p50.toFixed(1)}</td><td class="number">${load.latencyMs.p99.toFixed(1)}</td><td class="number">${load.longestSilenceMs} ms</td><td>${ends.join(", ")}</td></tr>
`
}

export function checkersSection({ verdicts }: DrillReport): Markup {
  return html`<section>
<h2>Checkers</h2>
<p class="soft">They read the history of recorded sessions and know nothing of what served it.</p>
<div class="card wide"><table>
<thead><tr><th></th><th>checker</th><th class="number">facts checked</th><th class="number">violations</th><th class="number">undecided</th></tr></thead>
<tbody>
${verdicts.map(
  ({ checker, ok, checked, violated, unknown }) =>
    html`<tr><td>${sign(ok)}</td><th scope="row">${checker}</th><td class="number">${checked}</td><td class="number">${violated}</td><td class="number">${unknown.length}</td></tr>
`,
)}</tbody></table></div>
</section>`
}

export function factsSection(report: DrillReport): Markup {
  const { startedAt, tookMs, seed, command, machine, machineUse } = report
  const { cpus, cpuModel, memoryBytes, os, node } = machine
  const facts: readonly (readonly [string, string | number])[] = [
    ["run again with", command],
    ["started", startedAt],
    ["took", seconds(tookMs)],
    ["seed", seed],
    ["processors", `${cpus} x ${cpuModel}`],
    ["memory", `${(memoryBytes / 2 ** 30).toFixed(1)} GiB`],
    ["system", `${os}, Node ${node}`],
    ["processors in use before", percent(machineUse.busyBefore)],
    ["taken by the hypervisor meanwhile", percent(machineUse.stealShare)],
    ["somebody waited for a processor", percent(machineUse.cpuPressureShare)],
  ]
  return html`<section>
<h2>Where and how</h2>
<dl class="card facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
</section>`
}

function excusedOf({ episodes }: DrillReport): number {
  return episodes.reduce((total, { excused }) => total + sumOf(excused), 0)
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, one) => sum + one, 0)
}

function tile(name: string, value: number): Markup {
  return html`<div><dt>${name}</dt><dd>${value.toLocaleString("en-US")}</dd></div>`
}

function sign(ok: boolean): Markup {
  return ok ? html`<span class="ok">ok</span>` : html`<span class="bad">FAIL</span>`
}

function percent(share: number | null): string {
  return share === null ? "not told by this system" : `${(share * 100).toFixed(1)} %`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
