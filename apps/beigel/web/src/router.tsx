import { type ComponentProps, type MouseEvent, useLayoutEffect } from "react"
import { createStore, useStore } from "./store.ts"

/** Where the reader is. `key` tells entries of the history apart that have the same address. */
export type Place = { readonly path: string; readonly query: URLSearchParams; readonly key: string }

history.scrollRestoration = "manual"
/** Somebody has gone to a view whose heading is not there yet. */
let isArriving = false
const scrolledTo = new Map<string, number>()

function placeNow(): Place {
  const key = (history.state as { key?: string } | null)?.key ?? "first"
  return { path: location.pathname, query: new URLSearchParams(location.search), key }
}

const place = createStore(placeNow())
addEventListener("popstate", () => {
  isArriving = true
  place.set(placeNow())
})
addEventListener("scroll", () => scrolledTo.set(place.get().key, scrollY), { passive: true })

export function usePlace(): Place {
  return useStore(place)
}

/** Goes to an address of this page. `replace` changes the present entry, as typing into a search does. */
export function goTo(address: string, { replace = false } = {}): void {
  const key = replace ? place.get().key : crypto.getRandomValues(new Uint32Array(2)).join("-")
  if (replace) history.replaceState({ key }, "", address)
  else history.pushState({ key }, "", address)
  isArriving ||= !replace
  place.set(placeNow())
}

/** After each step: scrolled to where the entry was left. */
export function useArrival(): void {
  const { key } = usePlace()
  useLayoutEffect(() => {
    if (key === "first" && scrolledTo.size === 0) return
    scrollTo(0, scrolledTo.get(key) ?? 0)
  }, [key])
}

/** Whether the heading that appears now is where somebody has gone to: from there on a screen reader reads. */
export function arrives(): boolean {
  const did = isArriving
  isArriving = false
  return did
}

/** A link within the page. Opening it elsewhere (a new tab, a new window) is left to the browser. */
export function Link({ href, onClick, ...rest }: ComponentProps<"a"> & { href: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event)
    const elsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0
    if (elsewhere || event.defaultPrevented) return
    event.preventDefault()
    goTo(href)
  }
  return <a href={href} onClick={follow} {...rest} />
}
