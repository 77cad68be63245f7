/** What is said of a stream that its reader left before the end. */
export const BROKEN_OFF = "BROKEN_OFF";

/**
 * A stream as it is, of which it is told if it does not come to its end.
 *
 * @param bytes how many it has
 * @param told is given the error, or null where the reader left
 */
export function tellingIfBroken(
  source: ReadableStream<Uint8Array>,
  bytes: number,
  told: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let left = bytes;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value } = await reader.read();
          if (value !== undefined) controller.enqueue(value);
          left -= value?.length ?? left;
        } catch (error) {
          told(error);
          throw error;
        }
        if (left === 0) controller.close();
      },
      async cancel(reason) {
        told(null);
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
