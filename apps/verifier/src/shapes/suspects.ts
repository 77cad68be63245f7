/** Someone's endpoint, or a file that was uploaded. Credentials go in and never come out. */
export interface Suspect {
  readonly id: string;
  readonly name: string;
  readonly notes: string;
  readonly created: string;
  readonly target: EndpointTarget | FileTarget;
  /** Requests per second that the host is asked at most, by all investigations together. */
  readonly rate: number;
  /** Newest result of a connection test, or null. */
  readonly inspection: Inspection | null;
}

export interface EndpointTarget {
  readonly kind: "endpoint";
  /** A name of `@indicia/suspects`, such as `oip`. */
  readonly protocol: string;
  readonly url: string;
  readonly model: string | null;
  /** What the protocol needs beyond that, such as the configuration of `json`; plain JSON. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Names of the secret headers that are set. */
  readonly headers: readonly string[];
  /** Names of what else is secret, such as `AWS_SECRET_ACCESS_KEY` for signed requests; absent where there is nothing. */
  readonly secrets?: readonly string[];
  /** Whether it may lie in one's own network; only admins may set it. */
  readonly allowPrivate: boolean;
}

export interface FileTarget {
  readonly kind: "file";
  /** `onnx` looks at its weights, `onnx-black-box` only asks it. */
  readonly protocol: "onnx" | "onnx-black-box";
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** `POST /suspects` */
export interface NewSuspect {
  readonly name: string;
  readonly notes?: string;
  readonly target:
    | (Omit<EndpointTarget, "headers" | "secrets"> & {
        /** Sent with every request, sealed at rest. */
        readonly headers: Readonly<Record<string, string>>;
        /** For protocols that sign, by the names that they look for; sealed at rest, never sent. */
        readonly secrets?: Readonly<Record<string, string>>;
      })
    | { readonly kind: "file"; readonly protocol: FileTarget["protocol"]; readonly upload: string };
  /** Default 20. */
  readonly rate?: number;
}

/** `PATCH /suspects/{id}`: `headers` replaces all of them, and so does `secrets`. */
export interface SuspectChange {
  readonly name?: string;
  readonly notes?: string;
  readonly rate?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

/** `POST /suspects/{id}/inspect` */
export interface InspectionRequest {
  /** Model whose calibration rows are asked; without it, random rows of the inputs that the suspect declares. */
  readonly model?: string;
}

/** What a connection test found; `POST /suspects/{id}/inspect` makes one. */
export interface Inspection {
  readonly at: string;
  readonly reachable: boolean;
  /** Why it could not be asked, or null. */
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
  /** Rows that the test asked. */
  readonly queries: number;
  readonly milliseconds: number | null;
  readonly inputs: readonly {
    readonly name: string;
    readonly type: string;
    readonly dims: readonly (number | string)[];
  }[];
  readonly answers: "logits" | "probabilities" | "top-k" | "labels" | "unknown";
  readonly classes: number | null;
  readonly labelNames: readonly string[];
  /** Decimals that its numbers have, where it rounds. */
  readonly decimals: number | null;
  /** Whether asking the same again brought the same; null where it was not tried. */
  readonly deterministic: boolean | null;
  readonly maxRepeatDifference: number | null;
  readonly rowsPerRequest: number | null;
  /** What else is worth knowing, in words. */
  readonly notes: readonly string[];
}

/** `GET /suspects/{id}/history`: what investigations found over time, oldest first. */
export interface SuspectHistory {
  readonly items: readonly {
    readonly investigation: string;
    readonly model: string;
    readonly finished: string;
    readonly verdict: "match" | "inconclusive" | null;
    readonly access: string | null;
    readonly probes: number;
    readonly T: number | null;
    readonly log10P: number | null;
  }[];
}
