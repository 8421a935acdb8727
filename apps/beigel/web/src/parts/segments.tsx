type Props<T> = {
  readonly label: string
  readonly options: readonly (readonly [T, string])[]
  readonly value: T
  readonly onChoose: (value: T) => void
}

/** One of a few, all of them seen. */
export function Segments<T>({ label, options, value, onChoose }: Props<T>) {
  return (
    <fieldset className="segments" aria-label={label}>
      {options.map(([option, words]) => (
        <button key={words} type="button" aria-pressed={option === value} onClick={() => onChoose(option)}>
          {words}
        </button>
      ))}
    </fieldset>
  )
}
