import { inspectSuspect as inspect } from "@indicia/operations/inspect-suspect";
import type { Suspect } from "@indicia/operations/options";
import type { EndpointProtocol } from "@indicia/suspects/protocol";
import type { EndpointTarget } from "../shapes/suspects.js";
import type { Task } from "../tasks/task.js";
import { settingsOf } from "./check-endpoint.js";
import type { SuspectSecrets } from "./suspect-secrets.js";
import { type FoundInspection, tellInspection } from "./tell-inspection.js";

export type { FoundInspection };

export interface InspectInput {
  readonly target:
    | (Omit<EndpointTarget, "headers" | "secrets"> & SuspectSecrets & { readonly rate: number })
    | { readonly kind: "file"; readonly path: string };
  /** Registration folder of the model whose calibration rows are asked; null for random ones. */
  readonly registration: string | null;
}

/** Ask a suspect a handful of rows, when their turn has come, and tell what it reveals. */
export const inspectSuspect: Task<InspectInput, FoundInspection> = async (
  { target, registration },
  { turn },
) => {
  const { seen, random } = await inspect(suspectOf(target), { registration, pace: turn });
  return tellInspection(seen, { random });
};

function suspectOf(target: InspectInput["target"]): Suspect {
  if (target.kind === "file") return { ...target, protocol: "onnx-black-box" };
  const { url, protocol, model, options, headers, secrets, allowPrivate, rate } = target;
  return {
    kind: "endpoint",
    url: new URL(url),
    protocol: protocol as EndpointProtocol,
    model,
    config: null,
    ...settingsOf(options),
    // Nothing of this process's environment.
    secrets,
    headers: Object.entries(headers),
    allowPrivate,
    rate,
  };
}
