import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { keepThread } from "./kept-thread.js";
import { openPool, workerFile, type WorkerPool } from "./worker-pool.js";

type Task = "answer" | "exit" | "throw" | "wait";
let folder: string;
let file: URL;
const open: WorkerPool<Task, string>[] = [];
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-threads-"));
  const module = workerFile(new URL("./worker-pool.js", import.meta.url))?.href ?? "";
  // A thread that ends by itself and by an error outside any task, as one does that runs out of memory.
  writeFileSync(
    path.join(folder, "dying.mjs"),
    `import { serveTasks } from ${JSON.stringify(module)};
     serveTasks((task) => {
       if (task === "exit") process.exit(3);
       if (task === "throw") setTimeout(() => { throw new Error("out of any task"); });
       if (task === "wait" || task === "throw") return new Promise(() => undefined);
       return "answered";
     });`,
  );
  file = pathToFileURL(path.join(folder, "dying.mjs"));
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

function pool(
  workers: number,
  restart: { firstMs: number; calmMs: number } | false,
): WorkerPool<Task, string> {
  const opened = openPool<Task, string>(file, { workers, restart });
  open.push(opened);
  return opened;
}
const ENDED = { code: "THREAD_ENDED" };

it.each(["exit", "throw"] as const)(
  "a thread that ends by %s fails what it was doing, and is started again",
  async (how) => {
    const threads = pool(1, { firstMs: 20, calmMs: 60_000 });
    expect(await threads.run("answer")).toBe("answered");
    const under = threads.run("wait");
    const [killed, lost] = await Promise.allSettled([threads.run(how), under]);
    expect([killed, lost]).toMatchObject([{ reason: ENDED }, { reason: ENDED }]);
    await expect(threads.run("answer")).rejects.toMatchObject(ENDED);
    expect(threads.health()).toEqual({ alive: 0, deaths: 1 });
    await vi.waitFor(async () => expect(await threads.run("answer")).toBe("answered"), 10_000);
    expect(threads.health()).toEqual({ alive: 1, deaths: 1 });
  },
);

it("others go on meanwhile", async () => {
  const threads = pool(2, { firstMs: 10_000, calmMs: 60_000 });
  await expect(threads.run("exit")).rejects.toMatchObject(ENDED);
  expect(threads.health()).toEqual({ alive: 1, deaths: 1 });
  for (let i = 0; i < 3; i++) expect(await threads.run("answer")).toBe("answered");
});

it("one that ends again and again waits longer each time, until it lives", () => {
  vi.useFakeTimers();
  let end = (): void => undefined;
  const thread = keepThread<Task, string>((ended) => {
    end = ended;
    return { tasks: () => 0, run: async () => "answered", end: async () => undefined };
  });
  const fares = (): unknown => [thread.alive(), thread.deaths()];
  for (const [before, wait] of [100, 200, 400, 800].entries()) {
    end();
    expect(fares()).toEqual([false, before + 1]);
    vi.advanceTimersByTime(wait - 1);
    expect(thread.alive()).toBe(false);
    vi.advanceTimersByTime(1);
    expect(fares()).toEqual([true, before + 1]);
  }
  vi.advanceTimersByTime(60_000);
  expect(fares()).toEqual([true, 0]);
  end();
  expect(fares()).toEqual([false, 1]);
  vi.useRealTimers();
});

it("without being asked to, nothing is started again", async () => {
  const threads = pool(1, false);
  await expect(threads.run("exit")).rejects.toMatchObject(ENDED);
  await vi.waitFor(() => expect(threads.health()).toEqual({ alive: 0, deaths: 1 }));
  await expect(threads.run("answer")).rejects.toMatchObject(ENDED);
});
