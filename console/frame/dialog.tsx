import { type ReactNode, useEffect, useRef } from "react"
import { CloseButton } from "./close-button.tsx"

/** A modal dialog of the browser's own: it keeps the keyboard inside, ends with Escape, and gives the focus back. */
export function Dialog(props: {
  title: string
  onClose: () => void
  children: ReactNode
  className?: string
  canClose?: boolean
}) {
  const { title, onClose, children, className = "", canClose = true } = props
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      className={className}
      aria-label={title}
      onCancel={event => {
        event.preventDefault()
        if (canClose) onClose()
      }}
      onClick={event => {
        if (canClose && event.target === dialog.current) onClose()
      }}
      onKeyDown={event => event.stopPropagation()}
    >
      <div className="dialog-body">
        <header className="dialog-head">
          <h2>{title}</h2>
          {canClose && <CloseButton onClose={onClose} />}
        </header>
        {children}
      </div>
    </dialog>
  )
}
