/** Why a step is taken: one named sentence, the same words in the command line, the console and the journal. */
export const reasons = {
  wanted: "the topology wants it and no process plays it yet",
  died: "its process has ended and the topology still wants it",
  comingUp: "its process runs and is not ready yet",
  databaseUp: "the database answers; processes may use it",
  databaseBack: "it was to leave and the topology wants it again",
  follows: "it receives the primary's log; it may be read from",
  strays: "it does not receive the primary's log",
  farBehind: "it lacks more of the primary's log than is kept for it, and replays nothing of it any more",
  copyBroken: "it has ended again and again: it may have to be copied anew",
  moreAcks: "another replica receives the log: commits may count on it",
  fewerAcks: "a replica is lost or is to leave: commits must not count on it",
  unsureAcks: "what commits wait for was being changed when that broke off",
  primaryDied: "the primary has ended; a replica that lacks nothing can take its place",
  primaryHangs: "the primary does not answer; a replica that lacks nothing can take its place",
  promoted: "a replica was promoted and the map does not say so yet",
  asked: "somebody asked for it",
  restartDue: "it was told settings that it takes up when it is started again",
  primaryRestartDue: "the primary was told settings that it takes up when it is started again",
  fewerCopies: "the topology does not want this copy any more",
  restartAsked: "somebody asked that it be started again",
  primaryRestartAsked: "somebody asked that the primary be started again: another one takes its place first",
  backendUp: "it is ready to take requests",
  backendBack: "it was draining and the topology wants it again",
  frontUp: "it has a healthy backend and may take connections",
  frontBack: "it was closed and the topology wants it again",
  noFrontOpen: "no front door is open: this one can serve at once",
  noBackend: "no backend takes requests: this one can at once",
  frontReplaced: "every front door the topology wants is open; this one is no longer wanted",
  backendReplaced: "every backend the topology wants takes requests; this one is no longer wanted",
  takesPlace: "it takes the place of one that uses more memory than it may",
  takesOver: "it takes the place of one that somebody asked to leave",
  outgrown: "it uses more memory than it may; another one has taken its place",
  oversized: "it uses so much more memory than it may that it endangers the machine",
  closing: "the service is being taken down: no new connections",
  emptying: "the service is being taken down: no connection needs it any more",
  unused: "the topology does not want it and nothing reaches it any more",
  lastOut: "nothing that uses the database runs any more",
  hangs: "it hangs: it runs, and nobody has heard it for too long",
  frontHangs:
    "its front door hangs: nobody has heard it for too long; its connections are lost, new ones wait for the next",
  gone: "its process has ended; nobody may be sent to it",
} as const

export type Reason = keyof typeof reasons

export function sentenceOf(reason: Reason): string {
  return reasons[reason]
}
