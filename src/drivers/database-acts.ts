import type { InstanceId } from "../topology/topology.ts"
import type { Epoch } from "../wire/epoch.ts"

/** Whose acknowledgement a commit waits for: `acks` of the members, the primary itself not counted. None of one. */
export type DatabaseQuorum = { readonly members: readonly InstanceId[]; readonly acks: number }

/** What the configuration says of every server's settings; whoever starts servers knows what to make of it. */
export type DatabaseSettings = {
  readonly sharedBuffersMb: number
  /** Others, by Postgres' own names. */
  readonly settings: Readonly<Record<string, string | number | boolean>>
}

/** What a database server said of itself when its driver looked last. */
export type DatabaseState = {
  readonly role: "primary" | "replica"
  readonly timeline: number
  /** In its log, as `0/3000028`: flushed by a primary, received by a replica. */
  readonly position: string
  /** Of a primary: what its commits wait for. */
  readonly quorum?: DatabaseQuorum
  /** Of a replica: whom it was told to follow. Absent: nobody, it is fenced. */
  readonly follows?: InstanceId
  /** Of a replica: it receives that one's log now. */
  readonly streaming?: boolean
  /** Of a replica, behind the one it follows as that one says: replayed, and for how long it has lacked something. */
  readonly lagBytes?: number
  readonly lagMs?: number
  /** Of a replica: by more log than its primary keeps for anybody, and nothing of it is replayed any more. */
  readonly farBehind?: true
  /** It was told settings that it takes up when it is started again. */
  readonly restartDue?: true
}

/**
 * What only a database's own host does to it, one act at a time. Each is safe to repeat: whoever died in the middle does it
 * again, and finds what is done. Nothing half-made is left by one that fails.
 */
export type DatabaseAct =
  /** Commits of the primary wait for these from now on; the same is written to every member that answers. */
  | { readonly act: "quorum"; readonly primary: InstanceId; readonly quorum: DatabaseQuorum }
  /** Fence the standbys, choose by position, promote, let the others follow; or refuse. */
  | {
      readonly act: "fail-over"
      readonly former: InstanceId
      readonly standbys: readonly InstanceId[]
      readonly quorum: DatabaseQuorum
    }
  /** While the former primary serves: the others follow the target, little is left to write. */
  | {
      readonly act: "prepare-switchover"
      readonly former: InstanceId
      readonly target: InstanceId
      readonly others: readonly InstanceId[]
    }
  /** While nobody writes: stop the former primary in order, promote the target once it has everything. */
  | {
      readonly act: "switch-over"
      readonly former: InstanceId
      readonly target: InstanceId
      readonly others: readonly InstanceId[]
    }
  /**
   * A server that runs or not becomes a replica of the primary that streams; one that can never follow is built anew.
   * `restart`: one whose settings wait for a start is started again; `bornBeforeMs`: one that was started before this is.
   * `anew`: it is built anew whether it streams or not.
   */
  | {
      readonly act: "attach"
      readonly id: InstanceId
      readonly primary: InstanceId
      readonly restart?: true
      readonly bornBeforeMs?: number | undefined
      readonly anew?: true
    }
  /**
   * Each of these servers is told the settings, now or when it starts. Those a start alone takes up wait for it, and the
   * server says so (`restartDue`). Settings Postgres does not know or take: rejects, and nothing was changed. `ask`: nothing
   * is changed either way, and only said who would have to be started again.
   */
  | {
      readonly act: "configure"
      readonly ids: readonly InstanceId[]
      readonly settings: DatabaseSettings
      readonly ask?: true
    }
  /** Its process has ended for good: its slot and its data, a copy, are removed. */
  | { readonly act: "detach"; readonly id: InstanceId; readonly primary: InstanceId }

/** A promotion, as its host wrote it down before anybody was told. */
export type PromotionRecord = {
  readonly id: InstanceId
  readonly former: InstanceId
  /** The new one. */
  readonly timeline: number
  /**
   * Of the former timelines' transactions, those numbered from this one on never arrived. Absent: nobody can tell what
   * became of a commit whose answer was lost.
   */
  readonly horizonXid?: string
  readonly why: "fail-over" | "switch-over"
  readonly atMs: number
  /** Milliseconds by what they went into: `fenceMs`, `promoteMs`, ... */
  readonly parts: Readonly<Record<string, number>>
}

export type DatabaseOutcome =
  | {
      readonly done: true
      readonly promotion?: PromotionRecord
      readonly words?: string
      /** Of `attach`: why it was built anew, where it was. */
      readonly rebuilt?: string
      /** Of `configure`: whose settings wait for a restart, or would. */
      readonly restartDue?: readonly InstanceId[]
    }
  /** Nothing was changed: doing it might have lost an acknowledged write. */
  | { readonly done: false; readonly refusal: string }

/** The part of a driver that has to do with databases. Held to the same rules of epochs as the rest. */
export interface DatabaseHost {
  /**
   * Does something to databases, on their own host and nowhere else. Resolves when it is done, or refused; rejects when it
   * failed: then nothing was changed, or the error says what is not known. A newer term ends an act of an older one; a newer
   * map of the same control plane does not.
   */
  act(act: DatabaseAct, epoch: Epoch): Promise<DatabaseOutcome>

  /** Every promotion there was, oldest first: for a control plane that died before it was told. */
  promotions(): Promise<readonly PromotionRecord[]>
}
