import type { JSX } from "react"
import { AuditPage } from "../pages/audit-page.tsx"
import { ChartsPage } from "../pages/charts-page.tsx"
import { ConfigPage } from "../pages/config-page.tsx"
import { DataPage } from "../pages/data-page.tsx"
import { DoctorPage } from "../pages/doctor-page.tsx"
import { DrillsPage } from "../pages/drills-page.tsx"
import { InstancePage } from "../pages/instance-page.tsx"
import { InstancesPage } from "../pages/instances-page.tsx"
import { LadderPage } from "../pages/ladder-page.tsx"
import { LogsPage } from "../pages/logs-page.tsx"
import { PicturePage } from "../pages/picture-page.tsx"
import { RequestPage } from "../pages/request-page.tsx"
import { RequestsPage } from "../pages/requests-page.tsx"
import { TimelinePage } from "../pages/timeline-page.tsx"
import { Link } from "./link.tsx"
import { pageOf } from "./pages.ts"

/** The page of an address. */
export function Page({ path }: { path: string }): JSX.Element {
  const found = pageOf(path)
  switch (found?.page) {
    case "/":
      return <PicturePage />
    case "/ladder":
      return <LadderPage />
    case "/charts":
      return <ChartsPage />
    case "/requests":
      return found.id === undefined ? <RequestsPage /> : <RequestPage key={found.id} id={found.id} />
    case "/timeline":
      return <TimelinePage />
    case "/logs":
      return <LogsPage />
    case "/audit":
      return <AuditPage />
    case "/data":
      return <DataPage />
    case "/drills":
      return <DrillsPage />
    case "/config":
      return <ConfigPage />
    case "/doctor":
      return <DoctorPage />
    case "/instances":
      return found.id === undefined ? <InstancesPage /> : <InstancePage id={found.id} />
    default:
      return (
        <p className="waiting">
          There is no such page. <Link href="/">Back to the picture</Link>
        </p>
      )
  }
}
