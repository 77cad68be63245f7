import { type Server, startServer } from "../demo/programs.js";
import { GATEWAY } from "./owner.js";

/** Gateways of a test file, each a process that is given its model and nothing else. */
export interface Gateways {
  /** Address of the model `m` behind a gateway that answers with `output`; started where none does so yet. */
  readonly served: (file: string, output?: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

export function gateways(): Gateways {
  const started = new Map<string, Promise<Server>>();
  return {
    served: async (file, output = "full") => {
      const serving = ["--model", file, "--name", "m", "--output", output];
      const name = serving.join(" ");
      const server = started.get(name) ?? startServer(GATEWAY, serving);
      started.set(name, server);
      return `${(await server).address}/v2/models/m`;
    },
    stop: async () => {
      for (const server of started.values()) await (await server).stop();
    },
  };
}
