import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { canonicalBytes, parseCanonical } from "@indicia/evidence/canonical";
import { type ConclusionFile, conclusionSchema } from "@indicia/evidence/conclusion-format";
import { DECOY_BINS } from "@indicia/evidence/decoy-counts";
import { writeDurably } from "@indicia/evidence/durable-file";
import { z } from "zod";
import type { Findings } from "../shapes/investigations.js";
import { evidenceParts } from "./evidence-parts.js";
import { CONCLUSION_FILE, DECOYS_FILE, EVIDENCE_FILE } from "./folder-names.js";
import { meaningOf } from "./meaning.js";

const decoysSchema = z.object({ counts: z.array(z.number().int()).nullable() });

/** What an investigation found, or null where it is not concluded. @param folder of the investigation */
export async function readFindings(id: string, folder: string): Promise<Findings | null> {
  const file = path.join(folder, CONCLUSION_FILE);
  if (!existsSync(file) || !existsSync(path.join(folder, EVIDENCE_FILE))) return null;
  const conclusion = conclusionSchema.parse(parseCanonical(await readFile(file)));
  return toFindings(id, conclusion, await decoyCountsIn(folder));
}

/** Evidence holds them, and is large: they are taken out of it once. */
async function decoyCountsIn(folder: string): Promise<readonly number[] | null> {
  const file = path.join(folder, DECOYS_FILE);
  if (existsSync(file)) return decoysSchema.parse(parseCanonical(await readFile(file))).counts;
  const { decoys } = evidenceParts(await readFile(path.join(folder, EVIDENCE_FILE)));
  await writeDurably(file, canonicalBytes({ counts: decoys }));
  return decoys;
}

function toFindings(id: string, conclusion: ConclusionFile, counts: readonly number[] | null): Findings {
  const { controls } = conclusion;
  return {
    investigation: id,
    verdict: conclusion.verdict,
    standing: conclusion.standing,
    standingReasons: conclusion.standingReasons,
    log10P: conclusion.log10P,
    log10PIdeal: conclusion.log10PIdeal,
    level: conclusion.level,
    claim: conclusion.claim,
    meaning: meaningOf(conclusion),
    limits: conclusion.limits,
    witnesses: conclusion.witnesses.map(({ mark, access, statistic, T, log10P, probes, ...more }) => ({
      mark,
      access,
      statistic,
      T,
      log10P,
      probes,
      payload: more.payload ?? null,
      corrections: more.corrections.map(({ name, lnFactor }) => ({ name, lnFactor })),
    })),
    controls: {
      reference: controls.reference,
      shadows: controls.shadows,
      innocents: controls.innocents,
      falseClaim: controls.falseClaim,
    },
    decoys: {
      keys: controls.decoyKeys,
      mean: controls.decoyMeanT,
      sd: controls.decoySdT,
      max: controls.decoyMaxT,
      from: DECOY_BINS.from,
      width: DECOY_BINS.width,
      counts: counts ?? [],
    },
    queries: conclusion.queries,
    lostQueries: conclusion.lostQueries,
  };
}
