import type { LoadView } from "../../wire/admin.ts"

/** Whoever runs the load generator, as the admin API asks it. */
export interface LoadDesk {
  view(): LoadView
  /** Starts it, or goes on at another rate. Throws BN1307 while the service is being taken down. */
  start(rps: number): LoadView
  /** Nothing more is sent; what is under way is awaited. */
  stop(): LoadView
}

/** Where there is none. */
export const noLoad: LoadView = {
  state: "off",
  rps: 0,
  totals: { sent: 0, ok: 0, failed: 0 },
  failures: [],
}
