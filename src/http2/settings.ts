import { type Frame, maxFrameBytes, maxWindow, setting } from "./http2.ts"
import { connectionError } from "./http2-errors.ts"

/** What the client asked for, as far as it concerns what we send. */
export type PeerSettings = {
  headerTableBytes: number
  /** The smallest of those that the last frame went through: what was beyond it is forgotten (RFC 7541 section 4.2). */
  leastTableBytes: number
  initialWindow: number
  maxFrameBytes: number
}

/** Until the client says something else. */
export const initialPeerSettings: PeerSettings = {
  headerTableBytes: 4096,
  leastTableBytes: 4096,
  initialWindow: 65_535,
  maxFrameBytes,
}

type Meaning = {
  readonly least: number
  readonly most: number
  readonly apply?: (settings: PeerSettings, value: number) => void
}

/** RFC 9113 section 6.5.2; others are ignored. */
const meanings: Readonly<Record<number, Meaning>> = {
  [setting.headerTableSize]: {
    least: 0,
    most: 2 ** 32 - 1,
    apply: (settings, value) => {
      settings.headerTableBytes = value
      settings.leastTableBytes = Math.min(settings.leastTableBytes, value)
    },
  },
  [setting.enablePush]: { least: 0, most: 1 },
  [setting.initialWindowSize]: {
    least: 0,
    most: maxWindow,
    apply: (settings, value) => {
      settings.initialWindow = value
    },
  },
  [setting.maxFrameSize]: {
    least: 16_384,
    most: 2 ** 24 - 1,
    apply: (settings, value) => {
      settings.maxFrameBytes = value
    },
  },
}

/** The settings after a SETTINGS frame. Throws Http2Error. */
export function settingsAfter(before: PeerSettings, { payload }: Frame): PeerSettings {
  const settings = { ...before, leastTableBytes: before.headerTableBytes }
  for (let at = 0; at < payload.length; at += 6) {
    const id = payload.readUInt16BE(at)
    const value = payload.readUInt32BE(at + 2)
    const meaning = meanings[id]
    if (meaning === undefined) continue
    if (value < meaning.least || value > meaning.most) {
      throw connectionError(id === setting.initialWindowSize ? "setting-window" : "setting", { id, value })
    }
    meaning.apply?.(settings, value)
  }
  return settings
}
