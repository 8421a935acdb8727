declare global {
  interface Window {
    readonly trustedTypes?: {
      createPolicy(
        name: string,
        rules: { createScriptURL(url: string): string },
      ): { createScriptURL(url: string): string }
    }
  }
}

/** Has the page kept for the times without a network. Only built pages have the worker; without it nothing is lost. */
export function keepForOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return
  const policy = window.trustedTypes?.createPolicy("offline-worker", { createScriptURL: url => url })
  navigator.serviceWorker.register(policy?.createScriptURL("/sw.js") ?? "/sw.js").catch(() => {
    // Private windows refuse it.
  })
}
