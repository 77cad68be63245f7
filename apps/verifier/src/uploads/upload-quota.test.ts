import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestService, type TestService, userIdOf } from "../test-support/test-service.js";
import { VerifierError } from "../error.js";
import { receiveFile } from "./receive-file.js";
import { createQuota, type Quota } from "./upload-quota.js";

const LIMITS = { bytes: 60, quotaBytes: 100, count: 3, unusedMs: 1000, idleMs: 50 };
const user = userIdOf("investigator");
let service: TestService;
let quota: Quota;
beforeAll(async () => {
  service = await openTestService();
  quota = createQuota(service.services, LIMITS);
  const row = { user, name: "kept", sha256: "", uploaded: new Date() };
  await service.services.database.tables
    .insertInto("uploads")
    .values({ ...row, id: "kept", bytes: 50 })
    .execute();
});
afterAll(() => service.close());

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  return error instanceof VerifierError ? error.code : "none";
}

test("as much may come as is left", async () => {
  expect(await quota.within(user, null, async (most) => most)).toBe(50);
  expect(await quota.within(user, 50, async (most) => most)).toBe(50);
  expect(await codeOf(quota.within(user, 51, async () => 0))).toBe("TOO_MANY_REQUESTS");
  expect(await quota.within("another", null, async (most) => most)).toBe(60);
});

test("what is still coming counts, by bytes and by files", async () => {
  let finish = (): void => undefined;
  const coming = quota.within(user, 30, () => new Promise<void>((done) => (finish = done)));
  await new Promise((done) => setTimeout(done, 20));
  expect(await codeOf(quota.within(user, 21, async () => 0))).toBe("TOO_MANY_REQUESTS");
  expect(await quota.within(user, 20, async (most) => most)).toBe(20);
  expect(
    await codeOf(quota.within(user, 1, () => quota.within(user, 1, async () => 0))),
    "the third besides the kept one",
  ).toBe("TOO_MANY_REQUESTS");
  finish();
  await coming;
  expect(await quota.within(user, 50, async (most) => most)).toBe(50);
});

test("what says nothing of its length is cut off at the limit, and silence ends it", async () => {
  const { data } = service.services;
  const options = { maxBytes: 60, idleMs: 50, declared: null };
  const endless = new ReadableStream<Uint8Array>({ pull: (to) => to.enqueue(new Uint8Array(25)) });
  expect(await codeOf(receiveFile(endless, `${data.uploads}/a`, options))).toBe("TOO_LARGE");
  const silent = new ReadableStream<Uint8Array>({ start: (to) => to.enqueue(new Uint8Array(5)) });
  expect(await codeOf(receiveFile(silent, `${data.uploads}/b`, options))).toBe("REQUEST_INVALID");
});
