/** Who may not be ended, and on whose behalf; relative to the project folder. */
export const sparedFile = ".banyan/run/spared.json"

/** It holds as long as `holder` lives: a drill that is killed leaves nobody behind who cannot be ended. */
export type Spared = { readonly holder: number; readonly root: number }
