/** What is ejected: everything the plain files are made from. */
export type Ejection = {
  /** As a unit's name: `beigel`. */
  readonly name: string
  /** Absolute. */
  readonly projectFolder: string
  /** Where the files will stand. Absolute. */
  readonly folder: string
  readonly front: { readonly host: string; readonly port: number }
  /** One for each web instance, on 127.0.0.1. */
  readonly webPorts: readonly number[]
  /** How one of them is started; `portMark` stands for its port. */
  readonly webArgv: readonly string[]
  readonly webEnv: Readonly<Record<string, string>>
  readonly health: { readonly path: string; readonly expect: "200" | "below 500" }
  /** Undefined: root. */
  readonly user: string | undefined
  /** Undefined where there is no database. */
  readonly postgres: EjectedPostgres | undefined
  /** Absolute. */
  readonly haproxy: string
  readonly drainTimeoutMs: number
  readonly edge: {
    readonly maxConnections: number
    readonly maxConnectionsPerAddress: number
    readonly headTimeoutMs: number
    readonly bodyIdleTimeoutMs: number
    readonly backendTimeoutMs: number
    readonly clientIdleTimeoutMs: number
    readonly backendIdleTimeoutMs: number
    readonly maxBodyBytes: number
    readonly maxConnectionsPerBackend: number
    readonly slowStartMs: number
  }
}

export type EjectedPostgres = {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly uid?: number
  readonly gid?: number
}

/** Stands for the port of a web instance until its unit's template is written, where it is `%i`. */
export const portMark = "@PORT@"

export type EjectedFile = {
  /** Below the folder. */
  readonly path: string
  readonly text: string
  /** Holds a secret: for its owner only. */
  readonly secret?: boolean
}
