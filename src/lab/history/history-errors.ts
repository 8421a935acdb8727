import { defineErrors } from "../../kit/errors.ts"

export const historyError = defineErrors({
  BN3010: {
    fault: "user",
    say: d => `the history ${d.path} cannot be read: line ${d.line} ${d.reason}`,
    todo: "Give the history.ndjson of a drill's folder, unchanged, or run the drill again.",
  },
  BN3011: {
    fault: "system",
    say: d => `the history ${d.path} cannot be written: ${d.reason}`,
    todo: "Look whether the disk is full and the folder writable; the drill proves nothing without its history.",
  },
  BN3012: {
    fault: "system",
    say: d => `the history ${d.path} was told of operation \`${d.id}\` ${d.reason}`,
    todo: "This is a mistake in the drill: each operation has an id of its own, one intent and one result.",
  },
})
