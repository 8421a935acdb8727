const key = "banyan-token"

/**
 * The token comes in the address's fragment, which is never sent, and leaves the address bar at once. It lives in memory
 * and, so that a reload goes on, in this tab's own storage; never in a cookie, which every port of this host would get.
 */
let token = take()

function take(): string {
  const fragment = new URLSearchParams(location.hash.slice(1))
  const given = fragment.get("token")
  if (given === null) return sessionStorage.getItem(key) ?? ""
  fragment.delete("token")
  const rest = fragment.toString()
  history.replaceState(null, "", `${location.pathname}${location.search}${rest === "" ? "" : `#${rest}`}`)
  sessionStorage.setItem(key, given)
  return given
}

export function currentToken(): string {
  return token
}

export function setToken(given: string): void {
  token = given.trim()
  sessionStorage.setItem(key, token)
}
