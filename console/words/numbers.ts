/** Three figures are enough to read: 0.42, 7.3, 118, 2,431, 18.2k. */
export function rate(value: number): string {
  if (value === 0) return "0"
  if (value < 1) return value.toFixed(2)
  if (value < 10) return value.toFixed(1)
  if (value < 10_000) return Math.round(value).toLocaleString("en")
  return `${(value / 1000).toFixed(value < 100_000 ? 1 : 0)}k`
}

export function count(value: number): string {
  return value < 1_000_000 ? value.toLocaleString("en") : `${(value / 1e6).toFixed(2)}M`
}

/** `8.4 ms`, `132 ms`, `2.1 s`, `3 min 20 s`. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms < 0.05 ? 0 : ms.toFixed(1)} ms`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`
  return `${Math.floor(ms / 86_400_000)} d ${Math.round((ms % 86_400_000) / 3_600_000)} h`
}

/** Of steps and statements, which are often shorter than a tenth of a millisecond. */
export function took(ms: number): string {
  return ms > 0 && ms < 0.05 ? "< 0.1 ms" : duration(ms)
}

export function megabytes(mb: number): string {
  return mb < 1_024 ? `${Math.round(mb)} MB` : `${(mb / 1_024).toFixed(1)} GB`
}

/** `0 B`, `412 B`, `38 KB`, `12.4 MB`, `3.1 GB`. */
export function bytes(value: number): string {
  if (value < 1024) return `${value} B`
  if (value < 2 ** 20) return `${Math.round(value / 1024)} KB`
  return value < 2 ** 30 ? `${(value / 2 ** 20).toFixed(1)} MB` : `${(value / 2 ** 30).toFixed(1)} GB`
}

/** A share of one core. */
export function cores(share: number): string {
  return `${Math.round(share * 100)} %`
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" })
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" })

const moment = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
})

/** `14:03:22.071`. */
export function preciseTime(atMs: number): string {
  return moment.format(atMs)
}

/** `14:03:22`, with the day when it is another. */
export function time(atMs: number, nowMs = Date.now()): string {
  const at = new Date(atMs)
  return day.format(at) === day.format(new Date(nowMs))
    ? clock.format(at)
    : `${day.format(at)} ${clock.format(at)}`
}
