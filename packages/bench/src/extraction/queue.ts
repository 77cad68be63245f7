import { BenchError } from "../error.js";
import { type Artefact, recipeHash } from "./recipe.js";
import type { Store } from "./store.js";

/** An artefact that can be made now. */
export interface Job {
  readonly id: string;
  readonly name: string;
  readonly recipe: Artefact["recipe"];
  /** Folders of what it needs, by the part it plays. */
  readonly needs: Readonly<Record<string, string>>;
}

export interface QueueOptions {
  readonly artefacts: readonly Artefact[];
  readonly store: Store;
  /** Jobs under way at a time. */
  readonly workers: number;
  /** Makes an artefact and puts it into the store. */
  readonly make: (job: Job) => Promise<void>;
  readonly say: (line: string) => void;
  /** Milliseconds. */
  readonly now?: () => number;
}

/**
 * Make every artefact that is not in the store yet, in the order given as far as what they need admits. What was made
 * before an interruption is found again. After a failure everything that does not need the failed one is still made.
 *
 * @returns folders by name
 * @throws BenchError ARTEFACT_FAILED at the end, where any failed; RangeError where needs form a circle or have no maker
 */
export async function makeAll(options: QueueOptions): Promise<Map<string, string>> {
  const { artefacts, store, make, workers, say, now = () => performance.now() } = options;
  checkNeeds(artefacts);
  const contents = new Map<string, string>();
  const folders = new Map<string, string>();
  const failed = new Map<string, unknown>();
  const waiting = new Set(artefacts);
  const running = new Set<Promise<void>>();
  const total = artefacts.reduce((sum, { seconds }) => sum + seconds, 0);
  let [settled, worked, found] = [0, 0, 0];
  const began = now();
  const left = (): string => {
    const pace = worked === 0 ? 1 / workers : (now() - began) / 1000 / worked;
    return minutes((total - settled) * pace);
  };
  const finish = async (artefact: Artefact, id: string): Promise<boolean> => {
    const content = await store.content(id);
    if (content === null) return false;
    contents.set(artefact.name, content);
    folders.set(artefact.name, store.folder(id));
    settled += artefact.seconds;
    return true;
  };
  const begin = (artefact: Artefact, job: Job): void => {
    const started = now();
    const work = make(job)
      .then(async () => {
        if (!(await finish(artefact, job.id))) throw new RangeError(`${job.name} was not put into the store`);
        worked += artefact.seconds;
        const took = ((now() - started) / 1000).toFixed(0);
        say(`${artefact.name}: made in ${took} s; ${folders.size} of ${artefacts.length}, ${left()} left`);
      })
      .catch((error: unknown) => {
        failed.set(artefact.name, error);
        settled += artefact.seconds;
        say(`${artefact.name}: failed, ${error instanceof Error ? error.message : String(error)}`);
      })
      .finally(() => running.delete(work));
    running.add(work);
  };
  for (;;) {
    let moved = false;
    for (const artefact of waiting) {
      const needs = Object.entries(artefact.needs);
      if (needs.some(([, name]) => failed.has(name))) {
        waiting.delete(artefact);
        failed.set(artefact.name, null);
        moved = true;
        continue;
      }
      if (running.size >= workers || needs.some(([, name]) => !contents.has(name))) continue;
      waiting.delete(artefact);
      moved = true;
      const id = recipeHash(
        artefact.recipe,
        Object.fromEntries(needs.map(([part, name]) => [part, contents.get(name) ?? ""])),
      );
      if (await finish(artefact, id)) {
        found++;
        continue;
      }
      const places = needs.map(([part, name]) => [part, folders.get(name) ?? ""] as const);
      begin(artefact, {
        id,
        name: artefact.name,
        recipe: artefact.recipe,
        needs: Object.fromEntries(places),
      });
    }
    if (waiting.size === 0 && running.size === 0) break;
    if (!moved) await Promise.race(running);
  }
  if (found > 0) say(`${found} of ${artefacts.length} were there already`);
  const [first] = [...failed].filter(([, cause]) => cause !== null);
  if (first !== undefined) throw failure(first, failed.size);
  return folders;
}

function checkNeeds(artefacts: readonly Artefact[]): void {
  const known = new Set<string>();
  for (const { name, needs } of artefacts) {
    const missing = Object.values(needs).find((each) => !known.has(each));
    if (missing !== undefined) throw new RangeError(`${name} needs "${missing}", which does not come before it`);
    if (known.has(name)) throw new RangeError(`"${name}" is there twice`);
    known.add(name);
  }
}

function failure([name, cause]: readonly [string, unknown], count: number): BenchError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const others = count > 1 ? `; ${count - 1} others are missing with it` : "";
  return new BenchError("ARTEFACT_FAILED", `${name}: ${reason}${others}`, "Run the bench again: it goes on.", {
    cause,
  });
}

function minutes(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
