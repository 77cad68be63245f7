import type { Defence } from "../defences/defence.js";
import type { LiveModel } from "./live-model.js";
import type { Models, Served } from "./models.js";

/** A model of the configuration: how it is opened, now and again, and what stands before it for as long as the gateway runs. */
export interface ModelEntry extends Pick<Served, "defences" | "batch"> {
  readonly name: string;
  readonly open: () => Promise<LiveModel>;
  /** Changes whenever what `open` opens changes. */
  readonly stamp: () => Promise<string>;
}

/** What became of one model when the models were loaded again. */
export interface Reloaded {
  readonly name: string;
  readonly outcome: "unchanged" | "loaded" | "failed";
  /** Why the model of before is still served. */
  readonly error?: Error;
}

/** Models that can be loaded again while they are asked. */
export interface ModelDirectory extends Models {
  /**
   * Load again what changed. Requests that are under way are answered by the model of before, which is closed after
   * them; where the new one cannot be loaded or takes and gives something else, the one of before stays.
   */
  reload(): Promise<readonly Reloaded[]>;
  /** Close models and defences, once nobody asks any more. */
  close(): Promise<void>;
}

interface Slot {
  readonly entry: ModelEntry;
  served: Served;
  stamp: string;
}

/** Open all models. @throws what opening one of them throws */
export async function openModels(entries: readonly ModelEntry[]): Promise<ModelDirectory> {
  const uses = new Map<Served, number>();
  const retired = new Map<Served, () => void>();
  const slots: Slot[] = [];
  try {
    for (const entry of entries) slots.push(await openSlot(entry));
  } catch (error) {
    for (const { served } of slots) await served.model.close();
    throw error;
  }
  const retire = async (served: Served): Promise<void> => {
    if ((uses.get(served) ?? 0) > 0) await new Promise<void>((resolve) => retired.set(served, resolve));
    await served.model.close();
  };
  let reloading: Promise<readonly Reloaded[]> = Promise.resolve([]);
  const closing: Promise<void>[] = [];
  return {
    list: () => slots.map(({ served }) => served),
    find: (name) => slots.find(({ entry }) => entry.name === name)?.served ?? null,
    using: async (served, work) => {
      uses.set(served, (uses.get(served) ?? 0) + 1);
      try {
        return await work();
      } finally {
        const left = (uses.get(served) ?? 1) - 1;
        if (left > 0) uses.set(served, left);
        else {
          uses.delete(served);
          retired.get(served)?.();
          retired.delete(served);
        }
      }
    },
    reload: () => {
      reloading = reloading.then(async () => {
        const results: Reloaded[] = [];
        for (const slot of slots) results.push(await reloadSlot(slot, (old) => closing.push(retire(old))));
        return results;
      });
      return reloading;
    },
    close: async () => {
      await reloading;
      await Promise.all([...slots.map(({ served }) => retire(served)), ...closing]);
      for (const defence of distinct(entries)) await defence.close?.();
    },
  };
}

async function openSlot(entry: ModelEntry): Promise<Slot> {
  const { defences, batch } = entry;
  // Taken first: what changes while it is opened is opened again. A model that is not there says so itself.
  const stamp = await entry.stamp().catch(() => "");
  return { entry, stamp, served: { model: await entry.open(), defences, batch } };
}

async function reloadSlot(slot: Slot, retire: (served: Served) => void): Promise<Reloaded> {
  const { entry, served } = slot;
  const { name } = entry;
  try {
    const stamp = await entry.stamp();
    if (stamp === slot.stamp) return { name, outcome: "unchanged" };
    // Whatever comes of it, the same file need not be tried again.
    slot.stamp = stamp;
    const model = await entry.open();
    if (signature(model) !== signature(served.model)) {
      await model.close();
      throw new Error("the new model takes or gives something else; start the gateway again to serve it");
    }
    slot.served = { ...served, model };
    retire(served);
    return { name, outcome: "loaded" };
  } catch (error) {
    return { name, outcome: "failed", error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** What clients and defences rely on. */
function signature({ inputs, outputs, scores }: LiveModel): string {
  // A dimension's name is the exporter's whim.
  const plain = [...inputs, ...outputs].map(({ name, type, dims }) => [
    name,
    type,
    dims?.map((dim) => (typeof dim === "number" ? dim : null)) ?? null,
  ]);
  return JSON.stringify([plain, inputs.length, scores]);
}

/** Several models may stand behind one defence. */
function distinct(entries: readonly ModelEntry[]): ReadonlySet<Defence> {
  return new Set(entries.flatMap(({ defences }) => defences));
}
