/** Line icons on a grid of 24, drawn in the colour of the text. They say nothing themselves: their button has words. */
const paths = {
  near: "M12 21s-6.5-5.6-6.5-11a6.5 6.5 0 0 1 13 0c0 5.4-6.5 11-6.5 11z M12 12.4a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8z",
  feed: "M5 5h14v10.5H10.5L6.5 19v-3.5H5z M8.5 8.8h7 M8.5 11.8h4.5",
  search: "M10.8 17.1a6.3 6.3 0 1 0 0-12.6 6.3 6.3 0 0 0 0 12.6z M15.4 15.4l4.6 4.6",
  you: "M12 11.4a3.7 3.7 0 1 0 0-7.4 3.7 3.7 0 0 0 0 7.4z M4.8 20c.6-3.6 3.5-5.8 7.2-5.8s6.6 2.2 7.2 5.8",
  heart: "M12 19.6s-7.4-4.3-7.4-9.6A4 4 0 0 1 12 7.9 4 4 0 0 1 19.4 10c0 5.3-7.4 9.6-7.4 9.6z",
  edit: "M5 19l.9-4L15.6 5.300l3.1 3.100L9 18.100z M13.6 7.300l3.1 3.1",
  delete: "M5.5 7.200h13 M9.7 7V4.800h4.600V7 M7.2 7.200l.800 12h8l.800-12 M10.4 10.600v5.2 M13.6 10.600v5.2",
  plus: "M12 6v12 M6 12h12",
  minus: "M6 12h12",
  locate:
    "M12 16.600a4.6 4.6 0 1 0 0-9.2 4.6 4.6 0 0 0 0 9.200z M12 3.500v3.9 M12 16.600v3.9 M3.5 12h3.9 M16.6 12h3.9",
  back: "M14.5 5.500L8 12l6.5 6.5",
  close: "M6.5 6.500l11 11 M17.5 6.500l-11 11",
} as const

export type IconName = keyof typeof paths

export function Icon({ name, filled = false }: { name: IconName; filled?: boolean }) {
  return (
    <svg className={filled ? "icon filled" : "icon"} viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}

/** The mark: a bagel. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <circle className="crust" cx="16" cy="16" r="9.5" />
      <path
        className="seeds"
        d="M9.5 11.500l.8.8M16 6.200v1.100M22.8 11l-.8.8M25.2 18.200l-1.1-.2M18.4 25.300l-.2-1.100M8.4 20.900l.9-.6"
      />
    </svg>
  )
}
