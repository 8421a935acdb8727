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

  /** One by its id, or its trace's. Throws BN1337, and BN1338 where somebody who may keep it did not answer. */
  async one(id: string): Promise<RequestView> {
    const collected = await this.#traces.collect()
    const found = findRequest(collected, id)
    if (found !== undefined) return found
    const { silent } = collected
    const asked = { id: id.slice(0, 100) }
    throw silent.length === 0
      ? controlError("BN1337", asked)
      : controlError("BN1338", { ...asked, silent: silent.join(", ") })
  }
}
