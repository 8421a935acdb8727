import { AppResponse } from "./app-response.ts"
import { platform, standInFor } from "./platform.ts"
import { ServedRequest } from "./served-request.ts"

/** The platform's Request, which also takes one that was received. */
class AppRequest extends platform.Request {
  constructor(input: ConstructorParameters<typeof Request>[0], init?: RequestInit) {
    super(ServedRequest.unwrapped(input), init)
  }
}
standInFor(platform.Request, AppRequest)
Object.defineProperty(ServedRequest.prototype, "constructor", {
  value: AppRequest,
  writable: true,
  configurable: true,
})

function fetch(input: Parameters<typeof platform.fetch>[0], init?: RequestInit): Promise<Response> {
  return platform.fetch(ServedRequest.unwrapped(input), init)
}

/**
 * Puts the classes an app is served with into their global names: before the app's module is loaded, for it may keep
 * what it finds there. Again is as once. docs/decisions says why globals.
 */
export function installFetch(): void {
  globalThis.Request = AppRequest as typeof Request
  globalThis.Response = AppResponse as typeof Response
  globalThis.fetch = fetch as typeof globalThis.fetch
}
