import { evidenceVerify } from "@indicia/operations/evidence-verify";
import { printable } from "@indicia/operations/printable";
import { z } from "zod";
import type { EvidenceVerification } from "../shapes/evidence.js";
import type { Task } from "../tasks/task.js";

export interface VerifyEvidenceInput {
  /** Path of the bundle. */
  readonly evidence: string;
}

/** What of the operation's report is told; an excerpt claims nothing. */
const reportSchema = z.object({
  verified: z.boolean(),
  checks: z.array(
    z.object({
      name: z.string(),
      status: z.enum(["passed", "failed", "not checked"]),
      detail: z.string(),
      code: z.string().optional(),
    }),
  ),
  verdict: z.string().nullish(),
  standing: z.string().nullish(),
  log10P: z.number().nullish(),
});

/** Check a bundle, or an excerpt of one, as `indicia evidence verify` does: all that can be checked offline. */
export const verifyEvidence: Task<
  VerifyEvidenceInput,
  Omit<EvidenceVerification, "sha256" | "bytes">
> = async ({ evidence }, { context }) => {
  const options = { evidence, disclosure: null, timestampRoots: [], models: null };
  const { report } = await evidenceVerify(options, context);
  const { verified, checks, verdict, standing, log10P } = reportSchema.parse(report);
  return {
    verified,
    checks: checks.map(({ name, status, detail, code }) => ({
      name,
      status,
      detail: printable(detail),
      code: code ?? null,
    })),
    verdict: verdict ?? null,
    standing: standing ?? null,
    log10P: log10P ?? null,
  };
};
