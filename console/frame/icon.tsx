/** Line icons on a 20 by 20 grid, drawn with the colour of their text. */
const paths = {
  "/": "M3 10h3m8-5h3m-3 10h3M6 10c3 0 3-5 8-5M6 10c3 0 3 5 8 5",
  "/ladder": "M3 17h4v-4h4V9h4V5h3",
  "/charts": "M3 16l4-5 3 3 4-7 3 4",
  "/requests": "M3 5h6M6 10h8M10 15h7",
  "/timeline": "M10 4a6.5 6.5 0 1 0 .01 0M10 7v4l3 2",
  "/logs": "M4 5h12M4 10h12M4 15h7",
  "/instances": "M3 5h14v4H3zM3 11h14v4H3zM6 7h.01M6 13h.01",
  "/data": "M4 6c0-3 12-3 12 0s-12 3-12 0v8c0 3 12 3 12 0V6M4 10c0 3 12 3 12 0",
  "/drills": "M10 3a7 7 0 1 0 .01 0M10 7a3 3 0 1 0 .01 0M10 1v4M10 15v4M1 10h4M15 10h4",
  "/config": "M4 6h7m4 0h1M4 14h1m4 0h7M13 4v4M7 12v4",
  "/doctor": "M10 5v10M5 10h10",
  "/audit": "M5 3h7l3 3v11H5zM8 9h4M8 12h4",
  search: "M9 4a5 5 0 1 0 .01 0M13 13l4 4",
  system: "M3 4h14v9H3zM7 17h6",
  light: "M10 7a3 3 0 1 0 .01 0M10 2v2m0 12v2M2 10h2m12 0h2M4.5 4.5 6 6m8 8 1.5 1.5m0-11L14 6m-8 8-1.5 1.5",
  dark: "M16 12A7 7 0 0 1 8 4a6.5 6.5 0 1 0 8 8z",
  close: "M5 5l10 10M15 5 5 15",
  plus: "M10 5v10M5 10h10",
  minus: "M5 10h10",
} as const
export type IconName = keyof typeof paths

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}

export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M16 2c7 0 13 4 13 9 0 4-4 6-8 6h-1v13h-2V17h-4v13h-2V17h-1c-4 0-8-2-8-6 0-5 6-9 13-9z" />
    </svg>
  )
}
