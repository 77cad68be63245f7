import { SuspectError } from "./error.js";
import type { FetchAnswer, FetchRequest } from "./guarded-fetch.js";
import type { Protocol } from "./protocol.js";

type Fetch = (request: FetchRequest) => Promise<FetchAnswer>;

/**
 * A fetch that goes on to the answer itself, where a protocol says that what came first is not yet it. Once a server has
 * taken a request, whatever fails afterwards has cost the suspect a query, and is never asked again.
 *
 * Errors of the returned function: those of `fetch`; SUSPECT_CUT_SHORT for whatever fails after the first answer.
 *
 * @param secrets headers that go with the second request too; it stays with the origin of the first
 */
export function followingUp(
  fetch: Fetch,
  { followUp }: Pick<Protocol, "followUp">,
  secrets: Readonly<Record<string, string>>,
): Fetch {
  if (followUp === undefined) return fetch;
  return async (request) => {
    const first = await fetch(request);
    const next = followUp(first);
    if (next === null) return first;
    if (next.url.origin !== request.url.origin) throw takenOnly("it would lie elsewhere");
    const answer = await fetch({ ...next, headers: { ...next.headers, ...secrets } }).catch(
      (error: unknown) => {
        const again = error instanceof SuspectError && error.code === "SUSPECT_UNREACHABLE";
        throw again ? takenOnly(error.message, error) : error;
      },
    );
    if (answer.status !== 200) throw takenOnly(`HTTP status ${answer.status}`);
    return answer;
  };
}

function takenOnly(reason: string, cause?: unknown): SuspectError {
  return new SuspectError(
    "SUSPECT_CUT_SHORT",
    `the endpoint took the request and does not give its answer: ${reason}`,
    "Try again later, or with a lower --rate.",
    { cause },
  );
}
