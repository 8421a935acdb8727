import { Counter, Gauge, Registry } from "@prometheus-io/client"
import type { Report } from "../../wire/report.ts"
import type { Control } from "../control.ts"
import { below, type Counters } from "../observe/counters.ts"
import { writeCanary } from "./canary-metrics.ts"
import { writeDatabases } from "./database-metrics.ts"
import type { Labels, MakeCounter, MakeGauge } from "./make-metric.ts"

type Told = Pick<Control, "state" | "reports" | "totals">

/** GET /metrics: everything the reports and the control plane know, in Prometheus's text format, as of now. */
export async function writeMetrics(control: Told): Promise<{ type: string; text: string }> {
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
  writeDatabases(control.state(), gauge)
  writeCounters(control.totals(), counter)
  writeFronts(control, gauge)
  writeCanary(control.reports(), gauge, counter)
  writeWebs(control.reports(), gauge)
  return { type: registry.contentType, text: await registry.metrics() }
}

function writeControl(control: Told, gauge: MakeGauge): void {
  const { instances, epoch, settled, desired, certificateOrder: order } = control.state()
  const up = gauge("instance_ready", "1 when the instance is ready.", ["instance", "tier"])
  for (const { id, tier, state } of instances) up(state === "ready" ? 1 : 0, { instance: id, tier })
  const memory = gauge("instance_memory_bytes", "What the instance and its descendants hold.", ["instance"])
  const limit = gauge("instance_memory_limit_bytes", "What the instance may hold.", ["instance"])
  for (const { id: instance, memoryMb, memoryLimitMb } of instances) {
    if (memoryMb !== undefined) memory(memoryMb * 2 ** 20, { instance })
    if (memoryLimitMb !== undefined) limit(memoryLimitMb * 2 ** 20, { instance })
  }
  const wanted = gauge("instances_desired", "Instances the topology wants.", ["group"])
  for (const [group, count] of Object.entries(desired.instances)) wanted(count, { group })
  if (order !== undefined) {
    const { problem, nextAtMs, lastAtMs = 0, notAfterMs = 0 } = order
    gauge(
      "certificate_order_failing",
      "1 when the last order of a certificate came to nothing.",
    )(problem ? 1 : 0)
    gauge(
      "certificate_order_last_seconds",
      "When the last order was begun or ended, since 1970.",
    )(lastAtMs / 1000)
    gauge("certificate_order_next_seconds", "When the next order is due, since 1970.")(nextAtMs / 1000)
    gauge(
      "certificate_order_expiry_seconds",
      "When the ordered certificate ends, since 1970.",
    )(notAfterMs / 1000)
  }
  gauge("control_settled", "1 when what runs is what is wanted.")(settled ? 1 : 0)
  gauge("control_term", "One more at each start of a control plane.")(epoch.term)
}

/** Counters by where the ledger has them; `by`: each name below is this label's value. */
const countersOf: readonly {
  readonly from: string
  readonly name: string
  readonly help: string
  readonly by?: string
}[] = [
  { from: "front/requests", name: "edge_requests_total", help: "Requests from clients." },
  {
    from: "front/answers",
    name: "edge_answers_total",
    help: "Answers to clients by status class.",
    by: "class",
  },
  {
    from: "front/refusals",
    name: "edge_refusals_total",
    help: "Answers the front door gave itself, by error code.",
    by: "code",
  },
  {
    from: "front/aborted",
    name: "edge_aborted_total",
    help: "Requests that ended without a whole answer.",
  },
  {
    from: "front/retries",
    name: "edge_retries_total",
    help: "Requests tried again on another connection.",
  },
  {
    from: "front/backends",
    name: "edge_backend_requests_total",
    help: "Requests sent to a backend, each try.",
    by: "backend",
  },
  {
    from: "front/handshakes",
    name: "edge_tls_handshakes_total",
    help: "TLS handshakes that succeeded.",
    by: "resumed",
  },
  {
    from: "front/tlsFailures",
    name: "edge_tls_failures_total",
    help: "TLS handshakes that did not, by reason.",
    by: "reason",
  },
  {
    from: "front/proxyHeaderFailures",
    name: "edge_proxy_header_failures_total",
    help: "Connections closed for their PROXY protocol header, by reason.",
    by: "reason",
  },
  { from: "web/requests", name: "web_requests_total", help: "Requests the web instance has taken." },
  { from: "web/errors", name: "web_errors_total", help: "Requests the app failed." },
]

/** Of every instance that ever was: one that has gone keeps its last counts, so that no sum goes backwards. */
function writeCounters(totals: ReadonlyMap<string, Counters>, counter: MakeCounter): void {
  for (const { from, name, help, by } of countersOf) {
    const write = counter(name, help, by === undefined ? ["instance"] : ["instance", by])
    for (const [instance, counts] of totals)
      if (by !== undefined)
        for (const [key, value] of Object.entries(below(from, counts))) write(value, { instance, [by]: key })
      else if (counts[from] !== undefined) write(counts[from], { instance })
  }
}

function writeFronts(control: Told, gauge: MakeGauge): void {
  const quantiles = ["quantile"]
  const all = gauge(
    "latency_seconds",
    "Time to answer over the last 10 s, all front doors as one.",
    quantiles,
  )
  const { p50, p99 } = control.state().traffic.latencyMs
  all(p50 / 1000, { quantile: "0.5" })
  all(p99 / 1000, { quantile: "0.99" })
  const connections = gauge("edge_connections", "Open connections of clients.", ["instance"])
  const outstanding = gauge("edge_outstanding", "Requests under way.", ["instance"])
  const latency = gauge("edge_latency_seconds", "Time to answer over the last 10 s.", [
    "instance",
    "quantile",
  ])
  const ends = gauge("edge_certificate_expiry_seconds", "When a served certificate ends, since 1970.", [
    "instance",
    "file",
  ])
  const healthy = gauge("edge_backend_healthy", "1 when the front door sees the backend healthy.", [
    "instance",
    "backend",
  ])
  for (const { id: instance, front } of control.reports()) {
    if (front === undefined) continue
    connections(front.connections, { instance })
    outstanding(front.outstanding, { instance })
    latency(front.latencyMs.p50 / 1000, { instance, quantile: "0.5" })
    latency(front.latencyMs.p99 / 1000, { instance, quantile: "0.99" })
    for (const { file, notAfterMs } of front.tls?.certificates ?? [])
      ends(notAfterMs / 1000, { instance, file })
    for (const backend of front.backends) healthy(backend.healthy ? 1 : 0, { instance, backend: backend.id })
  }
}

function writeWebs(reports: readonly Report[], gauge: MakeGauge): void {
  const outstanding = gauge("web_outstanding", "Requests, streams and sockets not yet finished.", [
    "instance",
  ])
  const connections = gauge("data_connections", "Connections to databases.", ["instance"])
  const waiting = gauge("data_waiting", "Work that waits for a connection.", ["instance"])
  for (const { id: instance, web, data } of reports) {
    if (web !== undefined) outstanding(web.outstanding, { instance })
    if (data === undefined) continue
    connections(data.connections, { instance })
    waiting(data.waiting, { instance })
  }
}
