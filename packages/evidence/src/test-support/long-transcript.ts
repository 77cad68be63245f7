import type { LooseLine } from "./sample-chain.js";
import { sampleTranscript } from "./sample-transcript.js";

/** Ten exchanges: each odd one answered, each even one lost. */
export function longTranscript(commitment: string): LooseLine[] {
  const [begin, intent, answer] = sampleTranscript(commitment);
  const lines = begin === undefined ? [] : [begin];
  for (let exchange = 0; exchange < 10; exchange++) {
    const at = lines.length;
    const asked = { ...(intent?.body as object), probes: [exchange] };
    lines.push({ type: "intent", body: asked });
    lines.push(
      exchange % 2 === 0
        ? { type: "answer", body: { ...(answer?.body as object), intent: at } }
        : { type: "lost", body: { intent: at, reason: "timed out" } },
    );
  }
  return lines;
}
