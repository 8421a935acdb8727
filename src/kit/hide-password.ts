/**
 * A URL as it may be shown: without what stands between the first colon of its authority and its last `@`, whatever else
 * is wrong with it, and without the passwords libpq knows as parameters.
 */
export function hidePassword(url: string): string {
  const shown = url.replace(/([?&](?:ssl)?password=)[^&]*/gi, "$1")
  const at = shown.lastIndexOf("@")
  const scheme = shown.indexOf("://")
  const colon = shown.indexOf(":", scheme < 0 ? 0 : scheme + 3)
  return colon < 0 || colon > at ? shown : shown.slice(0, colon) + shown.slice(at)
}
