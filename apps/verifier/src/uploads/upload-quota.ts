import { VerifierError } from "../error.js";
import type { Services } from "../services.js";
import type { UploadLimits } from "./upload-limits.js";

/** Keeps what each user has uploaded and not used within limits, what is still coming included. */
export interface Quota {
  /**
   * @param declared bytes that are said to come, or null where nobody knows
   * @param receive is given how many bytes may come
   * @throws VerifierError TOO_MANY_REQUESTS, and what `receive` throws
   */
  within<Result>(
    user: string,
    declared: number | null,
    receive: (maxBytes: number) => Promise<Result>,
  ): Promise<Result>;
}

export function createQuota({ database }: Services, limits: UploadLimits): Quota {
  const coming = new Map<string, { bytes: number; count: number }>();
  return {
    async within(user, declared, receive) {
      const kept = await database.tables
        .selectFrom("uploads")
        .select(({ fn }) => [fn.countAll().as("count"), fn.sum("bytes").as("bytes")])
        .where("user", "=", user)
        .executeTakeFirstOrThrow();
      // Nothing is awaited between here and the entry below, so that of two that come at once each sees the other.
      const now = coming.get(user) ?? { bytes: 0, count: 0 };
      const left = limits.quotaBytes - Number(kept.bytes ?? 0) - now.bytes;
      const most = Math.min(limits.bytes, left);
      const taken = Math.min(declared ?? most, most);
      // What no quota would admit is refused for its own size.
      const isBeyond = (bytes: number): boolean =>
        declared !== null && declared > bytes && declared <= limits.bytes;
      if (Number(kept.count) + now.count >= limits.count || left <= 0 || isBeyond(left)) throw full(limits);
      coming.set(user, { bytes: now.bytes + taken, count: now.count + 1 });
      try {
        return await receive(most);
      } finally {
        const then = coming.get(user) ?? { bytes: taken, count: 1 };
        if (then.count <= 1) coming.delete(user);
        else coming.set(user, { bytes: then.bytes - taken, count: then.count - 1 });
      }
    },
  };
}

function full({ quotaBytes, count }: UploadLimits): VerifierError {
  return new VerifierError(
    "TOO_MANY_REQUESTS",
    `your unused uploads would be more than ${count} files or ${quotaBytes} bytes`,
    "Use or remove some of them, or wait for a day.",
  );
}
