import type { ReactNode } from "react"

type Props = { readonly isOn: boolean; readonly onClick: () => void; readonly children: ReactNode }

/** A choice that is made, or not. */
export function Toggle({ isOn, onClick, children }: Props) {
  return (
    <button type="button" className="small" aria-pressed={isOn} onClick={onClick}>
      {children}
    </button>
  )
}
