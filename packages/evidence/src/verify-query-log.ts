import { z } from "zod";
import { readDocument } from "./document.js";
import { altered } from "./error.js";
import { checkQueryExcerpt, type OpenSegment } from "./query-excerpt.js";
import type { StepResult } from "./run-steps.js";
import { traceIn } from "./trace-parts.js";
import type { VerifyContext } from "./verify-context.js";
import { LOGGED } from "./drawn-logged.js";

/** Where a bundle has what the named customers were answered, line by line as a gateway logged it. */
export const QUERY_LOG_PATHS = { excerpt: "query-log/excerpt.json" } as const;

const hash: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/);
const openSchema: z.ZodType<OpenSegment> = z.strictObject({
  segment: z.int().min(1),
  entries: z.int().min(1),
  root: hash,
});
const schema: z.ZodType<{ log: { index?: string; open?: OpenSegment | null } }> = z.looseObject({
  log: z.looseObject({ index: hash.exactOptional(), open: openSchema.nullable().exactOptional() }),
});

/**
 * The excerpt of the query log: every line stands in the log that was sealed with the answers to logged queries, before the
 * key was opened on them, and is of somebody whom the trace names.
 */
export function checkQueryLog(context: VerifyContext): StepResult {
  const bytes = context.find(QUERY_LOG_PATHS.excerpt);
  const sealed = context.find(LOGGED);
  if (bytes === null)
    return sealed === null
      ? { passed: "no logged queries were asked again" }
      : { notChecked: "the bundle carries no excerpt of the query log" };
  const excerpt = checkQueryExcerpt(bytes, context.sha256);
  if (excerpt.registration !== context.registration().sha256)
    throw altered("QUERY_LOG_OTHER_REGISTRATION", "the query log was kept under another registration");
  if (sealed === null)
    throw altered("BUNDLE_FILE_MISSING", "there is an excerpt of a query log that was never asked again");
  const { log } = readDocument(sealed, { name: LOGGED, schema, code: "OBSERVATION_MALFORMED" });
  const foreign = excerpt.open.some(
    ({ segment, entries, root }) =>
      log.open?.segment !== segment || log.open.entries !== entries || log.open.root !== root,
  );
  if (excerpt.indexHead !== log.index || foreign)
    throw altered("QUERY_LOG_EXCERPT_UNPROVEN", "the excerpt is not of the query log that was sealed");
  const { named } = traceIn(context);
  const stranger = excerpt.entries.find(({ entry }) => !named.includes(entry.customer ?? ""));
  if (stranger !== undefined)
    throw altered(
      "TRACE_DISAGREES",
      "the excerpt of the query log shows somebody whom the trace does not name",
    );
  const times = excerpt.entries.map(({ time }) => time).sort();
  const shown = new Set(excerpt.entries.map(({ entry }) => `${entry.customer ?? ""} ${entry.query}`)).size;
  return {
    passed: `${excerpt.entries.length} logged answers to ${named.join(", ")}, from ${times[0] ?? ""} to ${times.at(-1) ?? ""}, each proved to stand in the log${leftInTheLog(context, { named, shown })}`,
  };
}

/** Evidence is no second copy of the log: of each customer the first answers are shown, which says nothing of the statistic. */
function leftInTheLog(
  context: VerifyContext,
  { named, shown }: { readonly named: readonly string[]; readonly shown: number },
): string {
  const groups = context.drawnLogged()?.groups ?? [];
  const asked = new Set(
    groups
      .filter(({ customer }) => customer !== null && named.includes(customer))
      .flatMap(({ customer, queries }) => queries.map((query) => `${customer ?? ""} ${query}`)),
  ).size;
  if (asked <= shown) return "";
  return (
    `; they are to ${shown} of the ${asked} queries that were asked again, all of which the statistic is drawn from: ` +
    "the others were never sent, or stay in the log, of which evidence is to be no second copy"
  );
}
