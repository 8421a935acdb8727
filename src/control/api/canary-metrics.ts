import type { Report } from "../../wire/report.ts"
import type { MakeCounter, MakeGauge } from "./make-metric.ts"

/** Only while there is a canary: the same of both versions, to be compared. */
export function writeCanary(reports: readonly Report[], gauge: MakeGauge, counter: MakeCounter): void {
  const fronts = reports.flatMap(({ id, front }) =>
    front?.canary ? [{ instance: id, ...front.canary }] : [],
  )
  if (fronts.length === 0) return
  const labels = ["instance", "canary", "track"]
  const weight = gauge("canary_weight", "Percent of the users the canary is tried on.", [
    "instance",
    "canary",
  ])
  const requests = counter("canary_requests_total", "Requests whose users belong to the track.", labels)
  const answers = counter("canary_answers_total", "Answers of the track's backends by status class.", [
    ...labels,
    "class",
  ])
  const aborted = counter(
    "canary_aborted_total",
    "Requests a backend of the track left without a whole answer.",
    labels,
  )
  const retries = counter(
    "canary_retries_total",
    "Attempts a backend of the track failed and others followed.",
    labels,
  )
  const takenOver = counter(
    "canary_taken_over_total",
    "Requests of the other track, which had no backend.",
    labels,
  )
  for (const { instance, version, weight: percent, tracks } of fronts) {
    weight(percent, { instance, canary: version })
    for (const track of ["canary", "baseline"] as const) {
      const where = { instance, canary: version, track }
      const counts = tracks[track]
      requests(counts.requests, where)
      for (const [name, count] of Object.entries(counts.answers)) answers(count, { ...where, class: name })
      aborted(counts.aborted, where)
      retries(counts.retries, where)
      takenOver(counts.takenOver, where)
    }
  }
}
