import { Dialog } from "./dialog.tsx"
import { pages } from "./pages.ts"
import { showTour } from "./tour-state.ts"

export function Help({ onClose }: { onClose: () => void }) {
  const rows = [
    ["Ctrl K", "go to, or do, anything"],
    ["/", "search on this page"],
    ["?", "this list"],
    ["t", "light, dark, as the system"],
    ...pages.map(({ key, title }) => [`g ${key}`, title.toLowerCase()]),
  ]
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl className="keys">
        {rows.map(([keys, words]) => (
          <div key={keys}>
            <dt>
              {keys!.split(" ").map(key => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <footer className="dialog-foot">
        <button
          type="button"
          onClick={() => {
            onClose()
            showTour(0)
          }}
        >
          Take the tour
        </button>
      </footer>
    </Dialog>
  )
}
