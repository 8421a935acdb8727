import "@xyflow/react/dist/base.css"
import "uplot/dist/uPlot.min.css"
import "./look/tokens.css"
import "./look/base.css"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { App } from "./frame/app.tsx"
import { applyTheme } from "./frame/theme.ts"
import { live } from "./service/live.ts"

applyTheme()
live.start()
createRoot(document.getElementById("console")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
