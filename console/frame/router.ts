import { useSyncExternalStore } from "react"

/** The address is the only place where a page keeps what it shows: path, and filters in its query. */
const changed = "banyan:address"

function subscribe(listener: () => void): () => void {
  window.addEventListener("popstate", listener)
  window.addEventListener(changed, listener)
  return () => {
    window.removeEventListener("popstate", listener)
    window.removeEventListener(changed, listener)
  }
}

export function go(address: string, how: "push" | "replace" = "push"): void {
  history[how === "push" ? "pushState" : "replaceState"](null, "", address)
  window.dispatchEvent(new Event(changed))
  if (how === "push") window.scrollTo(0, 0)
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname)
}

/** The whole query of the address. */
export function useQuery(): string {
  return useSyncExternalStore(subscribe, () => location.search)
}

/** A filter of this page that stands in the address. An empty one leaves it. */
export function useParam(name: string): [string, (value: string) => void] {
  const value = useSyncExternalStore(subscribe, () => new URLSearchParams(location.search).get(name) ?? "")
  return [value, next => setParams({ [name]: next })]
}

export function setParams(params: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(params)) {
    if (value === "") query.delete(name)
    else query.set(name, value)
  }
  const text = query.toString()
  go(`${location.pathname}${text === "" ? "" : `?${text}`}`, "replace")
}
