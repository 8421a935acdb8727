import type { RequestsView, RequestView } from "../../wire/admin.ts"
import { controlError } from "../control-errors.ts"
import type { TraceCollector } from "../observe/trace-collector.ts"
import { findRequest, listRequests, type RequestFilter } from "./list-requests.ts"

/** The requests that instances keep, asked for when somebody looks. */
export class KeptRequests {
  readonly #traces: TraceCollector

  constructor(traces: TraceCollector) {
    this.#traces = traces
  }

  async list(filter: RequestFilter): Promise<RequestsView> {
    return listRequests(await this.#traces.collect(), filter)
  }

  /** One by its id, or its trace's. Throws BN1337. */
  async one(id: string): Promise<RequestView> {
    const found = findRequest(await this.#traces.collect(), id)
    if (found === undefined) throw controlError("BN1337", { id: id.slice(0, 100) })
    return found
  }
}
