/**
 * The door `banyan/page`: builds a page with the Vite of its own package, keeps it by content, and answers with its
 * files under strict rules. It knows no web framework: what goes in is a `Request`, what comes out a `Response`.
 */
export { loadPage, type PageSources } from "./built-page.ts"
export { answerFile, type PageAnswerOptions, strictHeaders } from "./page-answer.ts"
export type { PageFile, PageFiles } from "./page-files.ts"
