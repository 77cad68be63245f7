import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Job, makeAll } from "./queue.js";
import type { Artefact } from "./recipe.js";
import { openStore, type Store } from "./store.js";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "indicia-queue-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A recipe whose seed is the text that it makes, after the texts of what it needs. */
function text(name: string, seed: string, ...needs: string[]): Artefact {
  const rows = { set: "fashion-train", from: 0, to: 1 } as const;
  return {
    name,
    recipe: { kind: "trained", architecture: "mlp", seed, rows, epochs: 1 },
    needs: Object.fromEntries(needs.map((need, i) => [`part ${i + 1}`, need])),
    seconds: 1,
  };
}

async function write(store: Store, { id, recipe, needs }: Job): Promise<void> {
  if (recipe.kind !== "trained") throw new Error("another recipe");
  if (recipe.seed === "broken") throw new Error("it broke");
  // "constant" makes the same whatever it is made from.
  const parts = recipe.seed.startsWith("constant") ? [] : Object.values(needs);
  const before = await Promise.all(parts.map((folder) => readFile(path.join(folder, "text"), "utf8")));
  const said = recipe.seed.startsWith("constant") ? "constant" : recipe.seed;
  await store.put(id, recipe, new Map([["text", Buffer.from([...before, said].join(" "))]]));
}

async function run(
  artefacts: readonly Artefact[],
  workers = 2,
): Promise<{ made: string[]; said: string[]; most: number; read: (name: string) => Promise<string> }> {
  const store = openStore(root);
  const made: string[] = [];
  const said: string[] = [];
  let [under, most] = [0, 0];
  const folders = await makeAll({
    artefacts,
    store,
    workers,
    make: async (job) => {
      most = Math.max(most, ++under);
      await new Promise((resolve) => setImmediate(resolve));
      made.push(job.name);
      await write(store, job).finally(() => under--);
    },
    say: (line) => said.push(line),
  });
  return {
    made,
    said,
    most,
    read: (name) => readFile(path.join(folders.get(name) ?? "", "text"), "utf8"),
  };
}

const DIAMOND = [
  text("root", "r"),
  text("left", "l", "root"),
  text("right", "R", "root"),
  text("top", "t", "left", "right"),
];

describe("making artefacts", () => {
  it("makes each after what it needs, side by side", async () => {
    const { made, most, read } = await run(DIAMOND);
    expect(made[0]).toBe("root");
    expect(made[3]).toBe("top");
    expect(most).toBe(2);
    expect(await read("top")).toBe("r l r R t");
  });

  it("makes nothing twice, and says so", async () => {
    await run(DIAMOND);
    const { made, said } = await run(DIAMOND);
    expect(made).toEqual([]);
    expect(said).toEqual(["4 of 4 were there already"]);
  });

  it("goes on after a failure, and then from there", async () => {
    const broken = DIAMOND.map((each) => (each.name === "left" ? text("left", "broken", "root") : each));
    await expect(run(broken)).rejects.toMatchObject({ code: "ARTEFACT_FAILED" });
    const { made } = await run(DIAMOND);
    expect(made).toEqual(["left", "top"]);
  });

  it("makes anew what depends on a changed recipe, and stops where the content stays", async () => {
    const chain = (seed: string): Artefact[] => [
      text("first", seed),
      text("second", "constant", "first"),
      text("third", "3", "second"),
    ];
    await run(chain("a"));
    const { made } = await run(chain("b"));
    expect(made).toEqual(["first", "second"]);
  });

  it("tells how far it is", async () => {
    const { said } = await run(DIAMOND);
    expect(said.at(-1)).toMatch(/^top: made in \d+ s; 4 of 4, 0 s left$/);
  });

  it.each([
    ["what nobody makes", [text("a", "a", "b")]],
    ["what comes later", [text("a", "a", "b"), text("b", "b")]],
    ["a name twice", [text("a", "a"), text("a", "b")]],
  ])("refuses %s", async (_, artefacts) => {
    await expect(run(artefacts)).rejects.toThrow(RangeError);
  });
});
