import { createStore } from "../store.ts"

/** Whether Beigel can be reached, as far as anybody knows: the browser's word, then what requests find. */
export const isOnline = createStore(navigator.onLine)

addEventListener("online", () => isOnline.set(true))
addEventListener("offline", () => isOnline.set(false))

export function heard(): void {
  isOnline.set(true)
}

export function missed(): void {
  isOnline.set(false)
}
