const MILE_M = 1609.344
const FOOT_M = 0.3048

export type Formats = {
  number(value: number): string
  /** Metres, in what the language's country measures in, no more exactly than one walks. */
  distance(metres: number): string
  /** How long ago, or the day when that is more than a week. */
  ago(iso: string, nowMs: number): string
  moment(iso: string): string
}

const made = new Map<string, Formats>()

export function formatsOf(language: string): Formats {
  const formats = made.get(language) ?? makeFormats(language)
  made.set(language, formats)
  return formats
}

function makeFormats(language: string): Formats {
  const number = new Intl.NumberFormat(language)
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" })
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" })
  const moment = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" })
  const unit = (unit: string, value: number, digits: number) =>
    new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: digits }).format(value)
  return {
    number: value => number.format(value),
    distance(metres) {
      if (language !== "en")
        return metres < 950 ? unit("meter", roundTo(metres, 10), 0) : unit("kilometer", metres / 1000, 1)
      return metres < 0.1 * MILE_M
        ? unit("foot", roundTo(metres / FOOT_M, 10), 0)
        : unit("mile", metres / MILE_M, 1)
    },
    ago(iso, nowMs) {
      const seconds = Math.max(0, (nowMs - Date.parse(iso)) / 1000)
      if (seconds < 60) return relative.format(0, "second")
      if (seconds < 3600) return relative.format(-Math.floor(seconds / 60), "minute")
      if (seconds < 86_400) return relative.format(-Math.floor(seconds / 3600), "hour")
      if (seconds < 7 * 86_400) return relative.format(-Math.floor(seconds / 86_400), "day")
      return day.format(new Date(iso))
    },
    moment: iso => moment.format(new Date(iso)),
  }
}

function roundTo(value: number, step: number): number {
  return Math.max(step, Math.round(value / step) * step)
}
