import { defineErrors } from "../../kit/errors.ts"

export const loadError = defineErrors({
  BN3001: {
    fault: "user",
    say: d => `load: ${d.name} should be ${d.wanted}, got ${d.value}`,
    todo: "Correct the option and run it again.",
  },
  BN3002: {
    fault: "system",
    say: d => `load: ${d.method} ${d.target}, sent before the load begins, got no usable answer: ${d.reason}`,
    todo: "Look whether the service is up (`npx banyan status`) and what its log says (`npx banyan logs`).",
  },
  BN3003: {
    fault: "user",
    say: d => `there is no drill named \`${d.name}\`; there are ${d.known}`,
    todo: "`npx banyan drill --list` names them all.",
  },
  BN3004: {
    fault: "system",
    say: d => `drill: ${d.what} did not come about within ${d.timeoutMs} ms`,
    todo: "The drill's folder under .banyan/drills is kept: its logs tell what happened.",
  },
  BN3005: {
    fault: "user",
    say: d => `drill: the app does not answer as Beigel does: ${d.request} got ${d.answer}`,
    todo: "Drills speak the API of the reference service: run them in a project whose `app` is apps/beigel/app.ts.",
  },
})
