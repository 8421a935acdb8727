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
  BN2304: {
    fault: "user",
    say: d => `Idempotency-Key: ${d.rule}`,
    todo: 'Send one field with a value of its own for each thing to be done: Idempotency-Key: "8e03978e-40d5-43e8-bc93-6894a57f9324".',
  },
  BN2305: {
    fault: "user",
    say: () => "this Idempotency-Key was sent before, with another request",
    todo: "Make a new key for each thing to be done; send the same key only with the same request.",
  },
  BN2306: {
    fault: "user",
    say: d => `the first request with this Idempotency-Key is still under way; waited ${d.waitedMs} ms`,
    todo: "Answer 409 with Retry-After, and send it again a little later: it is done at most once.",
  },
  BN2307: {
    fault: "user",
    say: d =>
      `an answer to a request with an Idempotency-Key has ${d.characters} characters; at most ${d.most} are kept`,
    todo: "Answer with what was made, not with all there is; or take the route out of `keyedRoutes`.",
  },
})
