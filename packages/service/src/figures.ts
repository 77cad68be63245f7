import type { Context } from "hono";
import { collectDefaultMetrics, Registry } from "prom-client";

/** Seconds: a remembered answer takes less than the first, a large batch or upload on a busy machine more than the last. */
export const REQUEST_SECONDS: number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** The figures of one process, to which others add what they count. */
export interface Figures {
  readonly registry: Registry;
  /** The figures in the text format of Prometheus. */
  readonly text: () => Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Begin with what Node itself says of its process. */
export function openFigures(): Figures {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

/** Answer with the figures. */
export async function showFigures(c: Context, figures: Pick<Figures, "text">): Promise<Response> {
  const { contentType, body } = await figures.text();
  return c.body(body, 200, { "content-type": contentType });
}
