/** Whether somebody still waits for the answer. The AbortSignal is made for those who ask for it; most never do. */
export class ClientSignal {
  #reason: Error | undefined
  #controller: AbortController | undefined

  get gone(): boolean {
    return this.#reason !== undefined
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  leave(reason: Error): void {
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}
