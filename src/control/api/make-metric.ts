export type Labels = Readonly<Record<string, string | number>>

/** Makes a metric of Prometheus; the result sets or adds a value. */
export type MakeGauge = (
  name: string,
  help: string,
  labelNames?: string[],
) => (value: number, labels?: Labels) => void
export type MakeCounter = (
  name: string,
  help: string,
  labelNames: string[],
) => (value: number, labels: Labels) => void
