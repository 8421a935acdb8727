import { Modal } from "./modal.tsx"

type Props = {
  readonly title: string
  readonly text: string
  readonly yes: string
  readonly no: string
  readonly onAnswer: (isSure: boolean) => void
}

export function Confirm({ title, text, yes, no, onAnswer }: Props) {
  return (
    <Modal title={title} onClose={() => onAnswer(false)}>
      <p>{text}</p>
      <div className="modal-actions">
        <button type="button" className="button" onClick={() => onAnswer(false)}>
          {no}
        </button>
        <button type="button" className="button danger" onClick={() => onAnswer(true)}>
          {yes}
        </button>
      </div>
    </Modal>
  )
}
