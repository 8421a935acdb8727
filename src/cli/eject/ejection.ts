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
  /** How one of them is started. */
  readonly webArgv: readonly string[]
  /** Undefined: root. */
  readonly user: string | undefined
  readonly databaseUrl: string
  readonly postgres: {
    readonly argv: readonly string[]
    readonly env: Readonly<Record<string, string>>
    readonly cwd: string
    readonly uid?: number
    readonly gid?: number
  }
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

export type EjectedFile = {
  /** Below the folder. */
  readonly path: string
  readonly text: string
  /** Holds a secret: for its owner only. */
  readonly secret?: boolean
}
