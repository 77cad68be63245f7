import { z } from "zod";
import { sha256Hex } from "./canonical.js";
import { readDocument } from "./document.js";
import { altered } from "./error.js";
import type { LoggedFile } from "./logged-formats.js";
import { LOGGED } from "./drawn-logged.js";
import { traceIn } from "./trace-parts.js";
import { readTranscript } from "./transcript.js";
import type { VerifyContext } from "./verify-context.js";
import type { StepResult } from "./run-steps.js";
import { hex32 } from "./scalars.js";

/** Folder of the answers to logged queries. */
export const LOGGED_FOLDER = "logged/";
const TRANSCRIPT = "logged/transcript.jsonl";

/** The form of logged.json as far as it is held against anything. */
const schema: z.ZodType<Pick<LoggedFile, "registration" | "files" | "transcript" | "asked">> = z.looseObject({
  version: z.literal(1),
  kind: z.literal("indicia logged observation"),
  registration: hex32,
  asked: z.int().min(0),
  files: z.record(z.string().regex(/^[a-z0-9][a-z0-9._-]{0,120}$/), hex32),
  transcript: z.strictObject({ entries: z.int().min(0), root: hex32 }),
});

/** Which logged queries were fixed before they were answered: what the log alone can show. */
export function checkParting(context: VerifyContext): StepResult {
  if (traceIn(context).logged === null) return { passed: "no logged queries were asked again" };
  const file = context.drawnLogged();
  if (file === null) return { notChecked: `"${LOGGED}" does not name the sets of logged queries` };
  const { groups } = file;
  const certified = groups.filter(({ kind }) => kind !== "lead").length;
  return {
    notChecked:
      `that ${certified} of ${groups.length} sets of logged queries were fixed before they were answered is the word of ` +
      "whoever traced; give --query-log, --registration and --reference to part the log again",
  };
}

/** What was answered to logged queries: sealed as the trace says, every file with its hash and none besides. */
export function checkLogged(context: VerifyContext): StepResult {
  const bytes = context.find(LOGGED);
  const { logged: seal } = traceIn(context);
  const found = bytes === null ? null : sha256Hex(bytes, context.sha256);
  if (found !== seal) throw altered("OBSERVATION_SEAL", "logged.json is not what the trace was drawn from");
  const own = [...context.bundle().files.keys()].filter((path) => path.startsWith(LOGGED_FOLDER));
  if (bytes === null) {
    if (own.length === 0) return { passed: "no logged queries were asked again" };
    throw altered("OBSERVATION_FILE_UNLISTED", `"${own[0] ?? ""}" is part of no observation`);
  }
  const file = readDocument(bytes, { name: LOGGED, schema, code: "OBSERVATION_MALFORMED" });
  if (file.registration !== context.registration().sha256)
    throw altered("OBSERVATION_OTHER_REGISTRATION", "the queries were asked under another registration");
  for (const [name, expected] of Object.entries(file.files)) {
    const content = context.find(LOGGED_FOLDER + name);
    if (content === null || sha256Hex(content, context.sha256) !== expected)
      throw altered("OBSERVATION_FILE_CHANGED", `"${name}" is not what was answered to logged queries`);
  }
  for (const path of own) {
    if (path === LOGGED || path === TRANSCRIPT || Object.hasOwn(file.files, path.slice(LOGGED_FOLDER.length)))
      continue;
    throw altered(
      "OBSERVATION_FILE_UNLISTED",
      `"${path}" is not part of what was answered to logged queries`,
    );
  }
  const recorded = context.find(TRANSCRIPT);
  const transcript = recorded === null ? null : readTranscript(recorded, { sha256: context.sha256 });
  if (transcript?.entries !== file.transcript.entries || transcript.root !== file.transcript.root)
    throw altered("TRANSCRIPT_ROOT", "the transcript of logged queries is not the one that was sealed");
  return { passed: `${file.asked} logged queries asked again, seal ${seal ?? ""}` };
}
