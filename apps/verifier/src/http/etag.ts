import { createHash } from "node:crypto";
import type { Context, TypedResponse } from "hono";
import type { JSONParsed } from "hono/utils/types";
import { VerifierError } from "../error.js";

/** Characters of a tag, of six bits each: that two states share one never happens by chance. */
const TAG_CHARACTERS = 22;

/** The tag of a thing in this state: a strong one (RFC 9110, section 8.8.3). @param body plain JSON */
export function etagOf(body: object): string {
  return tagOf(JSON.stringify(body));
}

function tagOf(text: string): string {
  return `"${createHash("sha256").update(text).digest("base64url").slice(0, TAG_CHARACTERS)}"`;
}

/** Answer with one thing and its tag, or with 304 where the client has it in this state already. */
export function etagged<Body extends object>(
  c: Context,
  body: Body,
): Response & TypedResponse<JSONParsed<Body>, 200, "json"> {
  const text = JSON.stringify(body);
  const etag = tagOf(text);
  const same = names(c.req.header("if-none-match"), etag);
  const response: Response = same
    ? c.body(null, 304, { etag })
    : c.body(text, 200, { etag, "content-type": "application/json" });
  return response as Response & TypedResponse<JSONParsed<Body>, 200, "json">;
}

/**
 * Refuse to change a thing that was changed since the client saw it. A client that sends no If-Match changes it as it is.
 *
 * @param etag of its present state, from `etagOf`
 * @throws VerifierError PRECONDITION_FAILED
 */
export function requireMatch(c: Context, etag: string): void {
  const asked = c.req.header("if-match");
  if (asked === undefined || names(asked, etag)) return;
  throw new VerifierError(
    "PRECONDITION_FAILED",
    "it was changed since you looked at it",
    "Get it again, and see whether you still want the change.",
  );
}

/** Whether a list of tags, as in RFC 9110, section 13.1.2, names this one; weak ones are compared by their value. */
function names(list: string | undefined, etag: string): boolean {
  if (list === undefined) return false;
  return list.split(",").some((each) => each.trim() === "*" || each.trim().replace(/^W\//, "") === etag);
}
