/** A calm colour of six, always the same for the same person. */
export function Avatar({ handle, large = false }: { handle: string; large?: boolean }) {
  const hue = [...handle].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)!) % 6007, 7) % 6
  return (
    <span className={`avatar hue-${hue}${large ? " large" : ""}`} aria-hidden="true">
      {[...handle][0]?.toUpperCase()}
    </span>
  )
}
