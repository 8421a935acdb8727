import { defineErrors } from "../kit/errors.ts"

export const appError = defineErrors({
  BN2301: {
    fault: "system",
    say: d => `${d.waiting} passwords wait to be checked already; one more was refused`,
    todo: "Answer 503 with Retry-After. If it lasts, add web instances: npx banyan scale web=4.",
  },
  BN2302: {
    fault: "system",
    say: d => `a stored password is not scrypt$N$r$p$salt$hash: ${d.reason}`,
    todo: "Store what hashPassword returned, unchanged; the user of a damaged row has to set a new password.",
  },
  BN2303: {
    fault: "user",
    say: d => `sessions belong to a user whose id is a UUID, not ${JSON.stringify(d.userId)}`,
    todo: "Give users uuid ids, for example v7 of the package uuid, and open sessions with them.",
  },
})
