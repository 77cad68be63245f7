import type { RegisteredReadout } from "@indicia/evidence/registration-format";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import type { Action } from "../access/scopes.js";

/** Who asks, as access control found it. */
export interface Account {
  readonly id: string;
  readonly organisation: string | null;
  readonly scopes: readonly string[];
  /** Identifier in the register of customers, for whom answers are marked; null where he is in none. */
  readonly customer: string | null;
  /** What limits per key count by; keys that took one another's place count as one. Missing where there is no key. */
  readonly key?: string;
}

/** A call before its body is read. */
export interface Caller {
  readonly requestId: string;
  readonly time: Date;
  /** Where the call comes from, or null where that is not known. */
  readonly address: string | null;
  /** Whose socket it is: the client's, or the proxy's in front; null where that is not known. */
  readonly peer: string | null;
  /** What the call would do, or null where any account may. */
  readonly action: Action | null;
  readonly headers: { get(name: string): string | null };
  /** Name of the model that is asked for, or null for routes that are about none. */
  readonly modelName: string | null;
  /** Set by the defence "access". */
  account: Account | null;
}

/** The output of a classifier that defences work on. */
export interface Scores {
  readonly output: string;
  readonly classes: number;
  /** What follows the logits in the model. */
  readonly tail: RegisteredReadout["tail"];
}

/** A model as defences see it. */
export interface ServedModel {
  readonly name: string;
  readonly version: string;
  readonly inputs: readonly ValueInfo[];
  /** Those that clients may ask for, before any policy. */
  readonly outputs: readonly ValueInfo[];
  /** Whether the features of the read-out come with every answer. */
  readonly features: boolean;
  /** null where the outputs are no class scores: then no defence changes them. */
  readonly scores: Scores | null;
}

/** One request for one model on its way through. */
export interface Asked extends Caller {
  readonly model: ServedModel;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly rows: number;
  /** 0 to 1, set by the monitor; the perturbation reads it. */
  suspicion: number;
  /** 1 for each row outside of what honest clients ask; set by the monitor where it steers the perturbation. */
  unusual?: Uint8Array;
}

/** Rows as they stand: float64, row-major, with what the defences need to know of them. */
export interface Answer {
  readonly rows: number;
  readonly classes: number;
  /** What the model's output would hold, [rows, classes]. */
  readonly values: Float64Array;
  /** What the values are; the logarithms of probabilities are logits. */
  readonly scale: "logits" | "probabilities";
  /** [rows, classes], or null where they are not at hand. Whoever changes them changes `values` too. */
  readonly logits: Float64Array | null;
  /** The logits as they were before marks, [rows, classes]; missing where nothing was marked. */
  readonly unmarked?: Float64Array;
  /** Features of the read-out as the model computed them, [rows, features], or null where they are not at hand. */
  readonly features: Float64Array | null;
  /** Fingerprint of each row's inputs. */
  readonly queries: readonly string[];
  /** Whether a key changed the row's label on purpose. */
  readonly changed: readonly boolean[];
}

/** All that is sent, to be recorded. */
export interface Sent {
  /** The rows before the policy; null for a model without class scores. */
  readonly answer: Answer | null;
  /** Every output as it leaves, by name. */
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/**
 * One thing that stands between a client and a model. For every request the pipeline calls, over all defences in the
 * order of `order.ts`: `enter`, `admit`, the model (and `meanwhile`), `change`, `show`, `record` (and `learn`).
 */
export interface Defence {
  /** One of `DEFENCE_ORDER`. */
  readonly name: string;
  /** Before the body is read, on every route that is not public. @throws Refusal or BadRequest */
  readonly enter?: (caller: Caller) => void | Promise<void>;
  /** Before a model is described, or named in a list. @throws Refusal where this caller may not know of it */
  readonly look?: (caller: Caller) => void | Promise<void>;
  /** Before a copy of the model is handed out, after `enter`. @throws Refusal where this caller does not get one now */
  readonly handOut?: (caller: Caller) => void | Promise<void>;
  /** Before the model runs. @throws Refusal (status, code, message, retryAfter) to turn the request away */
  readonly admit?: (asked: Asked) => void | Promise<void>;
  /** While the model runs: work that the request alone decides. What it throws fails the request. */
  readonly meanwhile?: (asked: Asked) => void;
  /** Changes the answer on its way out; keeps top-1 unless it says otherwise. Gives the same object for no change. */
  readonly change?: (asked: Asked, answer: Answer) => Answer | Promise<Answer>;
  /** What of an output is shown; only the output policy has it, for every output. */
  readonly show?: (asked: Asked, output: Tensor) => Tensor;
  /** What an output is declared to be behind `show`. */
  readonly declare?: (output: ValueInfo) => ValueInfo;
  /** Sees the scores as they will be sent (after policy). The answer leaves only when this has resolved. */
  readonly record?: (asked: Asked, sent: Tensor, all: Sent) => void | Promise<void>;
  /** While records are on their way to disk: work that later requests need, not this one. What it throws fails the request. */
  readonly learn?: (asked: Asked) => void;
  readonly close?: () => Promise<void>;
}
