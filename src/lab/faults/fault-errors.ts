import { defineErrors } from "../../kit/errors.ts"

export const faultError = defineErrors({
  BN3020: {
    fault: "system",
    say: d => `${d.name} of ${d.subject} did not come about: ${d.reason}`,
    todo: "Run the drill again; when it stays so, this machine cannot show what the fault would do.",
  },
})
