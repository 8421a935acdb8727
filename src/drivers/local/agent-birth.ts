import type { ErrorDetails } from "../../kit/errors.ts"
import type { AgentStatus } from "./agent-protocol.ts"

/**
 * Which descriptors an agent was born with, told in its environment (numbers, no secrets). 3 may be the public
 * socket of a front door, 5 its one for TLS; 4 may be a pipe on which it says once whether it serves.
 */
export const agentBirthEnv = {
  publicFd: 3,
  reportFd: 4,
  tlsFd: 5,

  write(given: { publicFd: boolean; reportFd: boolean; tlsFd: boolean }): Record<string, string> {
    return {
      ...(given.tlsFd ? { BANYAN_AGENT_TLS_FD: String(agentBirthEnv.tlsFd) } : {}),
      ...(given.publicFd ? { BANYAN_AGENT_PUBLIC_FD: String(agentBirthEnv.publicFd) } : {}),
      ...(given.reportFd ? { BANYAN_AGENT_REPORT_FD: String(agentBirthEnv.reportFd) } : {}),
    }
  },

  read(env: NodeJS.ProcessEnv): Record<"publicFd" | "reportFd" | "tlsFd", number | undefined> {
    const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))
    return {
      publicFd: number(env.BANYAN_AGENT_PUBLIC_FD),
      reportFd: number(env.BANYAN_AGENT_REPORT_FD),
      tlsFd: number(env.BANYAN_AGENT_TLS_FD),
    }
  },
}

/** The first line an agent writes on its report pipe. */
export type AgentBirthReport =
  | { readonly ok: true; readonly status: AgentStatus }
  | {
      readonly ok: false
      readonly code: string
      readonly details: ErrorDetails
    }
