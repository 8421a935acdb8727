// Draws the report that stands in the page. It asks nobody for anything; every text is set as text, never as markup.
const report = JSON.parse(document.getElementById("report").textContent)
const { ticks, faults, steps, episodes, tookMs, tickMs } = report.timeline
/** Every instance a plan touched has a lane, in order of appearance. */
const lanes = [...new Set(steps.map(({ id }) => id))]
const halves = { close: "upper", drain: "lower" }
const colors = {
  start: "green",
  route: "blue",
  open: "blue",
  close: "amber",
  drain: "amber",
  stop: "soft",
  kill: "red",
  forget: "soft",
}
const dark = matchMedia("(prefers-color-scheme: dark)")
const whole = [0, tookMs / 1000]
const now = document.getElementById("now")
let charts = []
let span = whole

const ink = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
const seconds = ms => `${(ms / 1000).toFixed(1)} s`

/** Columns for uPlot; between two loads a row of nulls, so that no line joins them. */
function columns() {
  const rows = []
  let before
  for (const tick of ticks) {
    const began = tick.atMs - tickMs
    if (before !== undefined && began - before.atMs > tickMs) rows.push([(before.atMs + 1) / 1000])
    // The last tick of a load is shorter than the others and would look like a slump.
    const isShort = before !== undefined && tick.atMs - before.atMs < tickMs / 2
    const rate = count => (isShort && tick.failed === 0 ? null : (count * 1000) / tickMs)
    rows.push([
      tick.atMs / 1000,
      tick.p50Ms,
      tick.p99Ms,
      rate(tick.sent),
      rate(tick.ok),
      tick.failed === 0 ? null : rate(tick.failed),
    ])
    before = tick
  }
  return [0, 1, 2, 3, 4, 5].map(column => rows.map(row => row[column] ?? null))
}

/** Something drawn over the plot, cut off at its edges. */
const drawn = paint => ({
  hooks: {
    draw: chart => {
      const { ctx, bbox } = chart
      ctx.save()
      ctx.beginPath()
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
      ctx.clip()
      ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`
      ctx.textAlign = "left"
      ctx.textBaseline = "middle"
      paint(ctx, ms => chart.valToPos(ms / 1000, "x", true), bbox, chart)
      ctx.restore()
    },
  },
})

const faultLines = withWords =>
  drawn((ctx, x, { left, width, top, height }) => {
    ctx.strokeStyle = ctx.fillStyle = ink("red")
    ctx.lineWidth = devicePixelRatio
    ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio])
    let free = Number.NEGATIVE_INFINITY
    for (const { atMs, what, whom } of faults) {
      const at = x(atMs)
      if (at < left || at > left + width) continue
      ctx.beginPath()
      ctx.moveTo(at, top)
      ctx.lineTo(at, top + height)
      ctx.stroke()
      const words = `${what} ${whom}`
      // Where there are too many, the words of some are left out rather than written over each other.
      if (!withWords || at < free) continue
      ctx.fillText(words, at + 4 * devicePixelRatio, top + 12 * devicePixelRatio)
      free = at + ctx.measureText(words).width + 10 * devicePixelRatio
    }
  })

const stepBars = drawn((ctx, x, bbox, chart) => {
  const lane = (bbox.height / lanes.length) * 0.8
  for (const { kind, id, startMs, endMs, state } of steps) {
    const left = x(startMs)
    const width = Math.max(2 * devicePixelRatio, x(endMs ?? tookMs) - left)
    // A front door closes while it drains: each has a half of the lane.
    const height = halves[kind] ? lane / 2 : lane
    const top =
      chart.valToPos(lanes.indexOf(id), "y", true) - lane / 2 + (halves[kind] === "lower" ? height : 0)
    ctx.fillStyle = ink(state === "failed" || state === "undone" ? "red" : colors[kind])
    ctx.fillRect(left, top, width, height)
    if (height < 10 * devicePixelRatio || ctx.measureText(kind).width + 6 * devicePixelRatio > width) continue
    ctx.fillStyle = ink("card")
    ctx.fillText(kind, left + 3 * devicePixelRatio, top + height / 2)
  }
})

function axis(more = {}) {
  return { stroke: ink("soft"), grid: { stroke: ink("line"), width: 1 }, ticks: { show: false }, ...more }
}

function draw(id, { height, series, data, plugins, y, cursor = {}, legend = {} }) {
  const place = document.getElementById(id)
  const chart = new uPlot(
    {
      width: place.clientWidth,
      height,
      scales: { x: { time: false, range: (_chart, least, most) => [least, most] }, y: y.scale },
      axes: [
        axis({ size: 30, values: (_chart, marks) => marks.map(mark => `${mark} s`) }),
        axis({ size: 72, ...y.axis }),
      ],
      series: [{ label: "at", value: (_chart, at) => (at === null ? "–" : `${at.toFixed(1)} s`) }, ...series],
      cursor: { sync: { key: "drill" }, drag: { x: true, y: false }, ...cursor },
      hooks: { setScale: [follow], setCursor: [tell], ready: [bindReset] },
      legend,
      plugins,
    },
    data,
    place,
  )
  chart.setScale("x", { min: span[0], max: span[1] })
  return chart
}

/** What one chart shows, all show. */
function follow(chart, scale) {
  const { min, max } = chart.scales.x
  if (scale !== "x" || min === null || (min === span[0] && max === span[1])) return
  look(min, max)
}

function look(min, max) {
  span = [min, max]
  for (const chart of charts) chart.setScale("x", { min, max })
}

function bindReset(chart) {
  chart.over.addEventListener("dblclick", () => look(...whole))
}

/** Names in words what stands under the pointer; a phone's finger sees it too. */
function tell(chart) {
  const { left } = chart.cursor
  if (left === null || left === undefined || left < 0) return
  const atMs = chart.posToVal(left, "x") * 1000
  const episode = episodes.find(({ startMs, endMs }) => startMs <= atMs && atMs <= endMs)
  const running = steps.filter(({ startMs, endMs }) => startMs <= atMs && atMs <= (endMs ?? tookMs))
  const reach = ((span[1] - span[0]) * 1000) / 100
  const struck = faults.filter(fault => Math.abs(fault.atMs - atMs) < reach)
  now.textContent = [
    seconds(atMs),
    ...(episode ? [`episode ${episode.name}`] : []),
    ...struck.map(({ what, whom }) => `fault: ${what} ${whom}`),
    ...running.map(
      ({ kind, id, startMs, endMs }) =>
        `${kind} ${id} (${endMs === null ? "without end" : `${endMs - startMs} ms`})`,
    ),
  ].join("  ·  ")
}

const ms = (_chart, value) => (value === null ? "–" : `${value.toFixed(1)} ms`)
const count = (_chart, value) => (value === null ? "–" : String(Math.round(value)))

function drawAll() {
  for (const chart of charts) chart.destroy()
  const [at, p50, p99, sent, ok, failed] = columns()
  const line = (label, color, value, more = {}) => ({ label, stroke: ink(color), width: 1.5, value, ...more })
  // Dots: a failure stands alone, and a line through one point is nothing.
  const failures = line("failed", "red", count, {
    paths: () => null,
    points: { show: true, size: 8, fill: ink("red") },
  })
  charts = []
  charts = [
    draw("latency", {
      height: 230,
      series: [line("p50", "green", ms), line("p99", "amber", ms)],
      data: [at, p50, p99],
      y: {
        scale: { distr: 3 },
        axis: { values: (_chart, marks) => marks.map(mark => (mark === null ? "" : String(mark))) },
      },
      plugins: [faultLines(true)],
    }),
    draw("requests", {
      height: 170,
      series: [line("sent", "blue", count), line("good answers", "green", count), failures],
      data: [at, sent, ok, failed],
      y: { scale: { range: (_chart, _least, most) => [0, Math.max(1, most * 1.1)] } },
      plugins: [faultLines(false)],
    }),
    draw("steps", {
      height: 50 + lanes.length * (lanes.length > 12 ? 14 : 28),
      series: [{ points: { show: false } }],
      data: [whole, [0, 0]],
      y: {
        scale: { range: [-0.5, lanes.length - 0.5], dir: -1 },
        axis: { splits: () => lanes.map((_id, lane) => lane), values: () => lanes, grid: { show: false } },
      },
      legend: { show: false },
      plugins: [stepBars, faultLines(false)],
    }),
  ]
}

drawAll()
dark.addEventListener("change", drawAll)
let width = innerWidth
addEventListener("resize", () => {
  if (innerWidth !== width) drawAll()
  width = innerWidth
})
document.getElementById("whole").addEventListener("click", () => look(...whole))
for (const button of document.querySelectorAll("[data-episode]")) {
  button.addEventListener("click", () => {
    const episode = episodes[Number(button.dataset.episode)]
    if (episode === undefined) return
    look(episode.startMs / 1000, episode.endMs / 1000)
    document.getElementById("latency").scrollIntoView({ block: "center" })
  })
}
