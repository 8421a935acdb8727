import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import "./styles/page.css"
import { App } from "./app.tsx"
import { keepForOffline } from "./offline.ts"
import { findMe } from "./state/me.ts"

void findMe()
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
addEventListener("load", keepForOffline)
