import type { EndpointSuspect, FileSuspect } from "@indicia/operations/options";
import type { Step } from "../shapes/common.js";
import type { Look, ProbeSet } from "../shapes/investigations.js";
import type { StatedError } from "../shapes/models.js";

/** A suspect as it crosses between processes, to which a URL is a text. */
export type SentSuspect = FileSuspect | (Omit<EndpointSuspect, "url"> & { readonly url: string });

/** What a runner is to do; the first message that it gets. It crosses as a structured clone. */
export interface Begin {
  readonly kind: "begin";
  /** Absolute paths. */
  readonly registration: string;
  readonly reference: string;
  /** Folder of the investigation: `observation/`, `conclusion.json` and `evidence.zip`. */
  readonly folder: string;
  readonly suspect: SentSuspect;
  readonly budget: number;
  readonly order: ProbeSet["order"];
  readonly level: number;
  /** Requests per second of this investigation; the worker knows what the host bears. */
  readonly rate: number;
  readonly earlyStop: boolean;
  /** Requests under way at once. */
  readonly concurrency: number;
  /** Requests for which leave is asked at once. */
  readonly leave: number;
  /** Null where the key is kept out of the service, or only an observation is wanted. */
  readonly ownerKey: Uint8Array | null;
}

/** Leave to send `requests`, the first after `waitMs` and each further one `stepMs` later. */
export interface Leave {
  readonly kind: "leave";
  readonly id: number;
  readonly requests: number;
  readonly waitMs: number;
  readonly stepMs: number;
}

/** Nothing more may be asked for now. */
export interface NoLeave {
  readonly kind: "no-leave";
  readonly id: number;
  readonly reason: StatedError;
  readonly resumeInMs: number;
}

export type ToRunner = Begin | Leave | NoLeave | { readonly kind: "stop" };

/** How a run ended. */
export type RunnerEnd =
  | {
      readonly kind: "concluded";
      readonly verdict: "match" | "inconclusive";
      readonly T: number | null;
      readonly log10P: number;
      readonly sealed: SealedSummary;
      readonly evidence: { readonly sha256: string; readonly bytes: number };
    }
  | { readonly kind: "sealed"; readonly sealed: SealedSummary }
  /** Because it was told to. */
  | { readonly kind: "stopped" }
  /** Because it cannot ask on for now; `resumeInMs` is null where somebody has to see to it. */
  | { readonly kind: "paused"; readonly reason: StatedError; readonly resumeInMs: number | null }
  | {
      readonly kind: "failed";
      readonly reason: StatedError;
      /** Whether the program is at fault, so that another run may end otherwise. */
      readonly fault: boolean;
    };

/** What an observation comes to, without a key. */
export interface SealedSummary {
  readonly seal: string;
  readonly access: string;
  readonly probes: number;
  readonly asked: number;
  readonly lost: number;
}

export type FromRunner =
  | RunnerEnd
  | {
      readonly kind: "progress";
      readonly step: Step;
      /** Rows so far, or null where the step asks none. */
      readonly rows: { readonly asked: number; readonly lost: number } | null;
    }
  | { readonly kind: "look"; readonly look: Look }
  | { readonly kind: "ask-leave"; readonly id: number; readonly requests: number; readonly rows: number };
