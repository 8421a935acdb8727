import { useEffect, useRef } from "react"
import uPlot from "uplot"
import { useShownTheme } from "../frame/theme.ts"
import { time } from "../words/numbers.ts"
import type { Range } from "./range.ts"
import type { Chart } from "./series.ts"

export type Mark = { readonly atMs: number; readonly kind: string }

const height = 168
/** The last time under the axis stands out so far. */
const halfTimePx = 26
const markColors: Readonly<Record<string, string>> = {
  plan: "--blue-bright",
  crash: "--red-bright",
  failover: "--red-bright",
  switchover: "--blue-bright",
  fault: "--amber-bright",
  supervisor: "--strong-line",
}

type Props = {
  readonly chart: Chart
  readonly times: readonly number[]
  readonly range: Range
  readonly marks: readonly Mark[]
  readonly onSelect: (from: number, to: number) => void
}

/** One chart of several that share cursor and range. Dragging selects a stretch for all of them. */
export function ChartView({ chart, times, range, marks, onSelect }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(null)
  const shown = useRef({ range, marks, onSelect })
  shown.current = { range, marks, onSelect }
  const theme = useShownTheme()
  const names = chart.lines.map(({ name }) => name).join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the lines' names say when it must be made anew
  useEffect(() => {
    const element = place.current!
    plot.current = make(element, chart, shown)
    const observer = new ResizeObserver(([entry]) =>
      plot.current?.setSize({ width: Math.floor(entry!.contentRect.width), height }),
    )
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.current?.destroy()
    }
  }, [names, theme])
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn anew is put into the chart that is there now
  useEffect(() => {
    const data = [times, ...chart.lines.map(({ values }) => values)] as unknown as uPlot.AlignedData
    plot.current?.setData(data, true)
  }, [times, chart, range, marks, theme])
  return (
    <figure className="panel chart">
      <figcaption>{chart.title}</figcaption>
      <div ref={place} role="img" aria-label={`${chart.title}: ${names}, over time`} />
    </figure>
  )
}

type Shown = { readonly current: Pick<Props, "range" | "marks" | "onSelect"> }

function make(element: HTMLElement, chart: Chart, shown: Shown): uPlot {
  const color = (name: string) => getComputedStyle(element).getPropertyValue(name).trim()
  const axis = { stroke: color("--soft"), font: "11px system-ui", ticks: { show: false } }
  const grid = { stroke: color("--line"), width: 1 }
  const options: uPlot.Options = {
    width: Math.max(200, element.clientWidth),
    height,
    padding: [8, halfTimePx, 0, 0],
    cursor: { sync: { key: "banyan" }, drag: { x: true, y: false, setScale: false } },
    legend: { live: true },
    scales: {
      x: { time: true, range: () => [shown.current.range.from, shown.current.range.to] },
      y: { range: (_, __, most) => [0, Math.max(most * 1.1, chart.leastTop)] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 70, values: (_, times) => times.map(at => time(at * 1000)) },
      { ...axis, grid, size: 58, values: (_, values) => values.map(chart.unit) },
    ],
    series: [
      { label: "time", value: (_, at) => (at === null ? "" : time(at * 1000)) },
      ...chart.lines.map(({ name, color: token }) => ({
        label: name,
        stroke: color(token),
        width: 1.5,
        points: { show: false },
        value: (_: uPlot, value: number | null) => (value === null ? "" : chart.unit(value)),
      })),
    ],
    hooks: {
      drawClear: [self => drawMarks(self, shown.current.marks, color)],
      setSelect: [
        self => {
          const { left, width } = self.select
          if (width < 4) return
          shown.current.onSelect(self.posToVal(left, "x"), self.posToVal(left + width, "x"))
          self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        },
      ],
    },
  }
  return new uPlot(options, [[], ...chart.lines.map(() => [])] as unknown as uPlot.AlignedData, element)
}

/** What happened, as a line through every chart. */
function drawMarks(self: uPlot, marks: readonly Mark[], color: (name: string) => string): void {
  const { ctx, bbox } = self
  ctx.save()
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio])
  for (const { atMs, kind } of marks) {
    const x = Math.round(self.valToPos(atMs / 1000, "x", true)) + 0.5
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.strokeStyle = color(markColors[kind] ?? "--soft")
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
  }
  ctx.restore()
}
