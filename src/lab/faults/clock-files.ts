/** Where a process reads how far its clock is to be off, in milliseconds; relative to the project folder. */
export const offsetFileOf = (pid: number) => `.banyan/run/clocks/${pid}`

/** Where it writes what it goes by now. */
export const heededFileOf = (pid: number) => `${offsetFileOf(pid)}.heeded`
