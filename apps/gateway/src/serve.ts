import { serve as listen } from "@hono/node-server";
import { openSession } from "@indicia/runtime/session";
import { createApp } from "./app.js";
import { type MarkingOptions, openMarking } from "./marking.js";
import type { OutputPolicy } from "./defences/output-policy.js";
import { singleModel } from "./single-model.js";
import { openTermsDesk, type TermsOptions } from "./terms-desk.js";

export interface ServeOptions {
  /** Path of an .onnx file. */
  readonly model: string;
  readonly name: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly host: string;
  readonly policy: OutputPolicy;
  /** How answers are marked; null for the model's own. */
  readonly marking?: Omit<MarkingOptions, "model" | "clock"> | null;
  /** Terms that customers accept; only where customers are marked. */
  readonly terms?: TermsOptions | null;
}

export interface Served {
  /** For example http://127.0.0.1:8080. */
  readonly address: string;
  /** Stop taking requests, answer those under way, release the model. */
  close(): Promise<void>;
}

/** Serve a model until `close`. */
export async function serve(options: ServeOptions): Promise<Served> {
  const { model, name, policy } = options;
  const clock = (): Date => new Date();
  const marking = options.marking == null ? null : await openMarking({ ...options.marking, model, clock });
  const terms =
    options.terms == null || marking === null
      ? null
      : await openTermsDesk(options.terms, marking.parties, clock);
  const session = marking === null ? await openSession(model) : null;
  const app = createApp(singleModel({ session, name, policy, marking, terms }));
  const { server, port } = await new Promise<{ server: ReturnType<typeof listen>; port: number }>(
    (resolve, reject) => {
      const listening = listen({ fetch: app.fetch, port: options.port, hostname: options.host }, (info) => {
        resolve({ server: listening, port: info.port });
      });
      listening.once("error", reject);
    },
  );
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    address: `http://${host}:${port}`,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ("closeIdleConnections" in server) server.closeIdleConnections();
      });
      await session?.close();
      await marking?.close();
      await terms?.close();
    },
  };
}
