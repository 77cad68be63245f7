import { canonicalBytes, sha256Hex } from "@indicia/evidence/canonical";
import { type ModelReaders, type ProbeRequest, type ReadPool, readPool } from "./pool.js";

/**
 * Readings of pools that whoever examines many suspects against the same models keeps from one examination to the next.
 * What is kept follows from reference, shadows and pool alone: neither a suspect nor a key has a part in it.
 */
export interface PoolReadings {
  /**
   * What `read` gives, or what it gave before under the same name. Nobody else holds what comes back.
   *
   * @param name of everything that the reading follows from
   */
  once(name: string, read: () => Promise<ReadPool>): Promise<ReadPool>;
}

/** What a reading follows from, beside the pool. */
export interface ReadModels {
  /** Of the reference that is read, hex. */
  readonly referenceSha256: string;
  /** The shadow models that are read, .onnx files in their order. */
  readonly shadows?: readonly Uint8Array[];
}

/**
 * Readings kept in memory, of which the least recently used give way.
 *
 * @param most readings kept; each takes 8 n (d + m (1 + shadows)) bytes
 */
export function keptReadings(most: number): PoolReadings {
  const kept = new Map<string, Promise<ReadPool>>();
  return {
    once: async (name, read) => {
      const reading = kept.get(name) ?? read();
      // Named anew, it is the last of the map.
      kept.delete(name);
      kept.set(name, reading);
      for (const oldest of kept.keys()) {
        if (kept.size <= most) break;
        kept.delete(oldest);
      }
      try {
        return structuredClone(await reading);
      } catch (error) {
        if (kept.get(name) === reading) kept.delete(name);
        throw error;
      }
    },
  };
}

/** {@link readPool}, or what it gave for the same models, taps and pool. */
export function readPoolOnce(
  request: ProbeRequest & ReadModels,
  readers: ModelReaders,
  readings: PoolReadings | undefined,
): Promise<ReadPool> {
  const read = (): Promise<ReadPool> => readPool(request, readers);
  return readings === undefined ? read() : readings.once(readingName(request), read);
}

/** Hash of everything that a reading follows from, hex. */
function readingName({
  registration,
  pool,
  referenceSha256,
  shadows = [],
}: ProbeRequest & ReadModels): string {
  const { readout } = registration.file;
  if ("refusal" in readout) throw new TypeError("a read-out was checked for before reading the pool");
  const { feature, logits, output, pooling, features, classes } = readout;
  return sha256Hex(
    canonicalBytes({
      reference: referenceSha256,
      taps: { feature, logits, output, pooling, features, classes },
      shadows: shadows.map((model) => sha256Hex(model)),
      pool: pool.sha256,
    }),
  );
}
