/** The door of the codec: the server's side of one connection's bytes. */
export type { OutStream, SessionLimits, SessionOwner, StreamHandler } from "./http2.ts"
export { preface } from "./http2.ts"
export { ServerSession } from "./server-session.ts"
