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
})
