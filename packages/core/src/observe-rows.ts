import type { EndpointRequest } from "./observe-endpoint.js";
import { ask } from "./observe-learning.js";
import type { Askable } from "./probes/pool.js";
import type { Answer } from "./suspect.js";

/** Rows handed to the suspect at a time; its own protocol may split them further. */
const ASK_ROWS = 16;

/**
 * Ask for the probes from `from` to `to` (exclusive), as many queries under way at once as the suspect takes. Which rows go
 * together does not depend on that.
 *
 * @param onDone told how many probes have been answered, those before `from` included
 * @returns answers in the order of the probes
 * @throws what the first failing query throws, after all have ended: none may write to a record that is closed meanwhile
 */
export async function askRows(
  request: EndpointRequest,
  probes: Askable,
  { from, to }: { readonly from: number; readonly to: number },
  onDone: (done: number) => void,
): Promise<Answer[]> {
  const batches = Array.from({ length: Math.ceil((to - from) / ASK_ROWS) }, (_, i) => from + i * ASK_ROWS);
  const answers: Answer[][] = batches.map(() => []);
  let next = 0;
  let done = from;
  const work = async (): Promise<void> => {
    for (let at = next++; at < batches.length; at = next++) {
      const first = batches[at] ?? to;
      const rows = Array.from({ length: Math.min(ASK_ROWS, to - first) }, (_, i) => first + i);
      try {
        answers[at] = await ask(request, probes, rows);
      } catch (error) {
        next = batches.length;
        throw error;
      }
      done += rows.length;
      onDone(done);
    }
  };
  const parallel = Math.max(1, Math.min(request.suspect.parallel ?? 1, batches.length));
  const ended = await Promise.allSettled(Array.from({ length: parallel }, work));
  for (const each of ended) if (each.status === "rejected") throw each.reason;
  return answers.flat();
}
