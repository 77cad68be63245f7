import { z } from "zod";
import type { LoggedFile } from "./logged-formats.js";
import { count, hex32, text } from "./scalars.js";

/** Most queries of one set, and most sets: a log is long, and every query of a group is named. */
const MAX_QUERIES = 1_000_000;

const fileName: z.ZodType<string> = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,120}$/);
const group = z.looseObject({
  kind: z.enum(["signed-batch", "committed-pool", "lead"]),
  customer: z.string().max(64).nullable(),
  batch: z.int().min(1).nullable(),
  queries: z.array(hex32).max(MAX_QUERIES),
  lost: count,
  classOrder: z.strictObject({ classes: count, named: count, unsettled: count }).exactOptional(),
  residuals: z.array(z.looseObject({ statistic: text, file: fileName })).max(100),
  labels: fileName,
});

/** What of logged.json a trace is drawn from. */
export type DrawnLogged = Pick<
  LoggedFile,
  "access" | "asked" | "classes" | "groups" | "leftOut" | "log" | "started"
>;

/** The form of logged.json as far as a trace is drawn from it. */
export const drawnLoggedSchema: z.ZodType<DrawnLogged> = z.looseObject({
  access: z.enum(["file", "logits", "probabilities", "top-k", "labels"]),
  asked: count,
  classes: z.int().min(1).max(1_000_000),
  groups: z.array(group).max(MAX_QUERIES),
  leftOut: z.strictObject({ signedBatches: count, committedPool: count, leads: count }).exactOptional(),
  log: z.looseObject({ head: hex32, lines: count }),
  started: text,
});

/** What of logged.json gives it its place: under which registration, of whom, and its files. */
export type PlacedLogged = Pick<LoggedFile, "registration" | "suspect" | "files">;

/** The form of it. */
export const placedLoggedSchema: z.ZodType<PlacedLogged> = z.looseObject({
  registration: hex32,
  suspect: z.looseObject({ protocol: text, target: text, sha256: hex32.exactOptional() }),
  files: z.record(fileName, hex32),
});
