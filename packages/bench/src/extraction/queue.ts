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
 * @throws BenchError ARTEFACT_FAILED at the end, where any failed; RangeError where needs have no maker before them
 */
export async function makeAll(options: QueueOptions): Promise<Map<string, string>> {
  const { artefacts, workers, say } = options;
  checkNeeds(artefacts);
  const state: State = { contents: new Map(), folders: new Map(), failed: new Map(), found: 0 };
  const progress = progressOf(options);
  const waiting = new Set(artefacts);
  const running = new Set<Promise<void>>();
  while (waiting.size > 0 || running.size > 0) {
    let moved = false;
    for (const artefact of waiting) {
      const needed = Object.values(artefact.needs);
      const hopeless = needed.some((name) => state.failed.has(name));
      const ready = needed.every((name) => state.contents.has(name));
      if (!hopeless && (!ready || running.size >= workers)) continue;
      waiting.delete(artefact);
      moved = true;
      if (hopeless) {
        state.failed.set(artefact.name, null);
        continue;
      }
      const job = jobOf(artefact, state);
      if (await settle(options, state, artefact, job)) {
        state.found++;
        progress.skip(artefact);
        continue;
      }
      const work = attempt(options, state, artefact, job, progress).finally(() => running.delete(work));
      running.add(work);
    }
    if (!moved) await Promise.race(running);
  }
  if (state.found > 0) say(`${state.found} of ${artefacts.length} were there already`);
  const first = [...state.failed].find(([, cause]) => cause !== null);
  if (first !== undefined) throw failure(first, state.failed.size);
  return state.folders;
}

interface State {
  /** Hash of the content, and folder, of what was made, by name. */
  readonly contents: Map<string, string>;
  readonly folders: Map<string, string>;
  /** What went wrong; null for what only lacks something that failed. */
  readonly failed: Map<string, unknown>;
  found: number;
}

function jobOf({ name, recipe, needs }: Artefact, { contents, folders }: State): Job {
  const parts = (of: ReadonlyMap<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(needs).map(([part, need]) => [part, of.get(need) ?? ""]));
  return { id: recipeHash(recipe, parts(contents)), name, recipe, needs: parts(folders) };
}

/** Whether an artefact is in the store; then others can be made from it. */
async function settle(
  { store }: QueueOptions,
  state: State,
  { name }: Artefact,
  { id }: Job,
): Promise<boolean> {
  const content = await store.content(id);
  if (content === null) return false;
  state.contents.set(name, content);
  state.folders.set(name, store.folder(id));
  return true;
}

async function attempt(
  options: QueueOptions,
  state: State,
  artefact: Artefact,
  job: Job,
  progress: Progress,
): Promise<void> {
  try {
    const done = progress.begin(artefact);
    await options.make(job);
    if (!(await settle(options, state, artefact, job)))
      throw new RangeError(`${job.name} was not put into the store`);
    options.say(`${artefact.name}: made in ${done()} s; ${state.folders.size} of ${progress.left()} left`);
  } catch (error) {
    state.failed.set(artefact.name, error);
    progress.skip(artefact);
    options.say(`${artefact.name}: failed, ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface Progress {
  /** @returns what tells that it is done, and gives the seconds that it took */
  readonly begin: (artefact: Artefact) => () => string;
  readonly skip: (artefact: Artefact) => void;
  /** How many there are, and the time that is left. */
  readonly left: () => string;
}

/** Time left, from the pace so far: all seconds that were foreseen, over the time that they took. */
function progressOf({ artefacts, workers, now = () => performance.now() }: QueueOptions): Progress {
  const began = now();
  let open = artefacts.reduce((sum, { seconds }) => sum + seconds, 0);
  let worked = 0;
  return {
    begin: ({ seconds }) => {
      const started = now();
      return () => {
        open -= seconds;
        worked += seconds;
        return ((now() - started) / 1000).toFixed(0);
      };
    },
    skip: ({ seconds }) => {
      open -= seconds;
    },
    left: () => {
      const pace = worked === 0 ? 1 / workers : (now() - began) / 1000 / worked;
      return `${artefacts.length}, ${minutes(Math.max(0, open) * pace)}`;
    },
  };
}

function checkNeeds(artefacts: readonly Artefact[]): void {
  const known = new Set<string>();
  for (const { name, needs } of artefacts) {
    const missing = Object.values(needs).find((each) => !known.has(each));
    if (missing !== undefined)
      throw new RangeError(`${name} needs "${missing}", which does not come before it`);
    if (known.has(name)) throw new RangeError(`"${name}" is there twice`);
    known.add(name);
  }
}

function failure([name, cause]: readonly [string, unknown], count: number): BenchError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const others = count > 1 ? `; ${count - 1} others are missing with it` : "";
  return new BenchError(
    "ARTEFACT_FAILED",
    `${name}: ${reason}${others}`,
    "Run the bench again: it goes on.",
    {
      cause,
    },
  );
}

function minutes(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
