/** A small line without axes: the last minute at a glance. */
export function Trail({ values, length = 60 }: { values: readonly number[]; length?: number }) {
  const top = Math.max(1, ...values) * 1.1
  const x = (at: number) => ((length - values.length + at) / (length - 1)) * 120
  const points = values.map((value, at) => `${x(at).toFixed(1)},${(31 - (value / top) * 28).toFixed(1)}`)
  const line = points.length > 1 ? `M${points.join("L")}` : ""
  return (
    <svg className="trail" viewBox="0 0 120 32" preserveAspectRatio="none" aria-hidden="true">
      {line !== "" && <path className="area" d={`${line}L120,32L${x(0).toFixed(1)},32Z`} />}
      <path className="line" d={line} />
    </svg>
  )
}
