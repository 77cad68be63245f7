/** What each check of evidence is about, for whoever has not read the format. */
const CHECKS: Readonly<Record<string, string>> = {
  archive: "The files of the bundle: each as it was packed, none added or taken away",
  registration: "The registration: complete and well formed",
  timestamps: "Dates that others gave the registration",
  beacon: "Public chance that came after the registration",
  signature: "The signature over the list of files, by the registered key",
  observation: "The observation: sealed before the key was opened",
  plan: "The plan, and whether it was fixed before the suspect was asked",
  observer: "Who observed",
  transcript: "The record of questions and answers: an unbroken chain",
  conclusion: "The conclusion: about this registration and this observation",
  "registration chain": "The count of all examinations under this registration",
  marks: "The record of marked copies: an unbroken chain",
  disclosure: "The disclosed key: one that was committed to",
  residuals: "The measured differences, formed again from the recorded answers",
  statistic: "The figures, computed again",
  custody: "The record of who did what, and when",
  statement: "The statement, signed by the same signer",
  statistics: "The table of statistics: as the conclusion says",
  report: "The report: as the evidence says",
  "bill of materials": "The bill of materials: as the evidence holds",
  instructions: "The instructions for checking: as published",
  "logged queries": "The queries that were asked again: those of the log",
  "logged sets": "Which of them were fixed before they were answered",
  customers: "The register of customers",
  trace: "The trace: as the recorded answers say",
  "query log": "The query log: an unbroken chain",
  terms: "The terms that customers accepted",
  lines: "The disclosed lines, each at its place in the sealed record",
  exchanges: "The disclosed questions, each with its answer",
};

/** In plain words; the name itself where there are none yet. */
export function checkTitle(name: string): string {
  return CHECKS[name] ?? name;
}
