import { type Document, isMap, type LineCounter, type Node } from "yaml";
import { z } from "zod";

type Issue = z.core.$ZodIssue;

/** A mistake in words, and what to do about it where that is known. */
export interface ToldIssue {
  /** Such as `models[0].file (line 4): is missing`. */
  readonly text: string;
  readonly hint: string | null;
}

/** Where a mistake is looked up. */
export interface IssueContext {
  readonly schema: z.ZodType;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** Of a choice between forms, the mistakes in the form that was most nearly met. */
export function flatIssues(issues: readonly Issue[]): Issue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
    const deepest = [...issue.errors].sort((a, b) => depth(b) - depth(a))[0] ?? [];
    if (depth(deepest) === 0) return [issue];
    return flatIssues(deepest).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
  });
}

function depth(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map(({ path, code }) => path.length + (code === "unrecognized_keys" ? 1 : 0)));
}

/** Put a mistake into words. */
export function describeIssue(issue: Issue, { schema, document, lines }: IssueContext): ToldIssue {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  const said = wordsOf(issue, document.getIn(path, true) !== undefined, keysAt(schema, path));
  const line = lineOf(document, lines, said.key === null ? path : [...path, said.key]);
  const place = pathText(path);
  return {
    text: `${place}${line === null ? "" : ` (line ${line})`}: ${said.text}`,
    hint: said.hint,
  };
}

function wordsOf(
  issue: Issue,
  present: boolean,
  known: readonly string[],
): { readonly text: string; readonly hint: string | null; readonly key: string | null } {
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const unknown = issue.keys.map((each) => JSON.stringify(each.slice(0, 100))).join(", ");
    const hint = known.length === 0 ? null : `Known here are ${known.join(", ")}.`;
    return { text: `has no setting ${unknown}`, hint, key };
  }
  if (!present && issue.code === "invalid_type") return { text: "is missing", hint: null, key: null };
  if (issue.code === "custom") return { text: issue.message, hint: null, key: null };
  if (issue.code === "invalid_value") {
    const values = issue.values.map(String).join(", ");
    return { text: `is none of ${values}`, hint: null, key: null };
  }
  return { text: issue.message, hint: null, key: null };
}

function pathText(path: readonly (string | number)[]): string {
  const parts = path.map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`));
  return parts.join("") || "the file";
}

/** Line of the nearest thing that is there, counted from 1. */
function lineOf(document: Document, lines: LineCounter, path: readonly (string | number)[]): number | null {
  for (let length = path.length; length > 0; length--) {
    const start = startOf(document, path.slice(0, length));
    if (start !== null) return lines.linePos(start).line;
  }
  return null;
}

/** Where a key stands, or an item of a list. */
function startOf(document: Document, path: readonly (string | number)[]): number | null {
  const key = path.at(-1);
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key: node }) => String(node) === key);
    return pair === undefined ? null : ((pair.key as Node).range?.[0] ?? null);
  }
  const node = document.getIn(path, true) as Node | undefined;
  return node?.range?.[0] ?? null;
}

/** Settings that there are at a place of the schema. */
function keysAt(schema: z.ZodType, path: readonly (string | number)[]): string[] {
  let at: unknown = bare(schema);
  for (const part of path) {
    if (at instanceof z.ZodArray) at = bare(at.element);
    else if (at instanceof z.ZodObject && typeof part === "string") at = bare(at.shape[part]);
    else return [];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/** A schema without defaults and the like around it. */
function bare(schema: unknown): unknown {
  let at = schema;
  for (;;) {
    if (
      at instanceof z.ZodDefault ||
      at instanceof z.ZodPrefault ||
      at instanceof z.ZodNullable ||
      at instanceof z.ZodOptional
    )
      at = at.unwrap();
    else if (at instanceof z.ZodPipe) at = at.in;
    // The first of several forms is the one with settings.
    else if (at instanceof z.ZodUnion) at = at.options[0];
    else return at;
  }
}
