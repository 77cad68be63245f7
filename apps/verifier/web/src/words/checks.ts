/** What each check of evidence is about, for whoever has not read the format. */
const CHECKS: Readonly<Record<string, string>> = {
  archive: "Every file is the one that was packed, and none was added or taken away",
  registration: "The registration is complete and well formed",
  timestamps: "Others dated the registration",
  beacon: "Public chance came after the registration",
  signature: "The list of files was signed with the registered key",
  observation: "What was observed was sealed before the key was opened",
  plan: "The plan was fixed before the suspect was asked",
  observer: "Another party observed",
  transcript: "Every question and answer is in an unbroken chain",
  conclusion: "The conclusion follows from registration and observation",
  "registration chain": "The examination was counted among all others of this registration",
  marks: "The copies that were marked are recorded in an unbroken chain",
  disclosure: "The disclosed key is one that was committed to",
  residuals: "The measured differences follow from the recorded answers",
  statistic: "The figures come out as stated",
  custody: "The record of who did what, and when, is complete",
  statement: "The statement was signed by the same signer",
  statistics: "The table of statistics says what the conclusion says",
  report: "The report says what the evidence says",
  "bill of materials": "The bill of materials lists what the evidence holds",
  instructions: "The instructions for checking are the published ones",
  "logged queries": "The queries that were asked again are those of the log",
  customers: "The register of customers is complete",
  trace: "The trace follows from the recorded answers",
  "query log": "The query log is an unbroken chain",
  terms: "The terms that customers accepted are recorded",
  lines: "Every disclosed line stands in the sealed record",
  exchanges: "Every disclosed question has its answer",
};

/** In plain words; the name itself where there are none yet. */
export function checkTitle(name: string): string {
  return CHECKS[name] ?? name;
}
