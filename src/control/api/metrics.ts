import { Counter, Gauge, Registry } from "@prometheus-io/client"
import type { FrontReport, Report } from "../../wire/report.ts"
import type { Control } from "../control.ts"

type Labels = Readonly<Record<string, string | number>>

/** GET /metrics: everything the reports and the control plane know, in Prometheus's text format, as of now. */
export async function writeMetrics(control: Control): Promise<{ type: string; text: string }> {
  const registry = new Registry()
  const make = { registers: [registry] }
  const gauge = (name: string, help: string, labelNames: string[] = []) => {
    const metric = new Gauge({ ...make, name: `banyan_${name}`, help, labelNames })
    return (value: number, labels: Labels = {}) => metric.set(labels, value)
  }
  const counter = (name: string, help: string, labelNames: string[]) => {
    const metric = new Counter({ ...make, name: `banyan_${name}`, help, labelNames })
    return (value: number, labels: Labels) => metric.inc(labels, value)
  }
  writeControl(control, gauge)
  const reports = control.reports()
  writeFronts(reports, gauge, counter)
  writeWebs(reports, gauge, counter)
  return { type: registry.contentType, text: await registry.metrics() }
}

type Gauges = (name: string, help: string, labelNames?: string[]) => (value: number, labels?: Labels) => void
type Counters = (name: string, help: string, labelNames: string[]) => (value: number, labels: Labels) => void

function writeControl(control: Control, gauge: Gauges): void {
  const { instances, epoch, settled, desired } = control.state()
  const up = gauge("instance_ready", "1 when the instance is ready.", ["instance", "tier"])
  for (const { id, tier, state } of instances) up(state === "ready" ? 1 : 0, { instance: id, tier })
  const wanted = gauge("instances_desired", "Instances the topology wants.", ["group"])
  for (const [group, count] of Object.entries(desired.instances)) wanted(count, { group })
  gauge("control_settled", "1 when what runs is what is wanted.")(settled ? 1 : 0)
  gauge("control_term", "One more at each start of a control plane.")(epoch.term)
}

function writeFronts(reports: readonly Report[], gauge: Gauges, counter: Counters): void {
  const answers = counter("edge_answers_total", "Answers to clients by status class.", ["instance", "class"])
  const refusals = counter("edge_refusals_total", "Answers the front door gave itself, by error code.", [
    "instance",
    "code",
  ])
  const requests = counter("edge_requests_total", "Requests from clients.", ["instance"])
  const aborted = counter("edge_aborted_total", "Requests that ended without a whole answer.", ["instance"])
  const retries = counter("edge_retries_total", "Requests tried again on another connection.", ["instance"])
  const connections = gauge("edge_connections", "Open connections of clients.", ["instance"])
  const outstanding = gauge("edge_outstanding", "Requests under way.", ["instance"])
  const latency = gauge("edge_latency_seconds", "Time to answer over the last 10 s.", [
    "instance",
    "quantile",
  ])
  const healthy = gauge("edge_backend_healthy", "1 when the front door sees the backend healthy.", [
    "instance",
    "backend",
  ])
  for (const { id: instance, front } of reports) {
    if (front === undefined) continue
    writeAnswers(front, value => answers(value.count, { instance, class: value.class }))
    for (const [code, count] of Object.entries(front.refusals ?? {})) refusals(count, { instance, code })
    requests(front.requests, { instance })
    aborted(front.aborted, { instance })
    retries(front.retries, { instance })
    connections(front.connections, { instance })
    outstanding(front.outstanding, { instance })
    latency(front.latencyMs.p50 / 1000, { instance, quantile: "0.5" })
    latency(front.latencyMs.p99 / 1000, { instance, quantile: "0.99" })
    for (const backend of front.backends) healthy(backend.healthy ? 1 : 0, { instance, backend: backend.id })
  }
}

function writeAnswers(front: FrontReport, write: (value: { class: string; count: number }) => void): void {
  for (const [name, count] of Object.entries(front.answers)) write({ class: name, count })
}

function writeWebs(reports: readonly Report[], gauge: Gauges, counter: Counters): void {
  const requests = counter("web_requests_total", "Requests the web instance has taken.", ["instance"])
  const errors = counter("web_errors_total", "Requests the app failed.", ["instance"])
  const outstanding = gauge("web_outstanding", "Requests, streams and sockets not yet finished.", [
    "instance",
  ])
  const connections = gauge("data_connections", "Connections to databases.", ["instance"])
  const waiting = gauge("data_waiting", "Work that waits for a connection.", ["instance"])
  for (const { id: instance, web, data } of reports) {
    if (web !== undefined) {
      requests(web.requests, { instance })
      errors(web.errors, { instance })
      outstanding(web.outstanding, { instance })
    }
    if (data === undefined) continue
    connections(data.connections, { instance })
    waiting(data.waiting, { instance })
  }
}
