import type { IncomingAnswer, OutgoingRequest } from "@indicia/evidence/transcript-file";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";

export type { IncomingAnswer, OutgoingRequest };

/**
 * Where a suspect writes what it is about to ask and what came back. `intent` resolves only when the record is
 * durable; an intent that is followed by neither `answer` nor `lost` was interrupted and is never asked again.
 */
export interface ExchangeRecorder {
  intent(request: OutgoingRequest): Promise<number>;
  answer(intent: number, answer: IncomingAnswer): Promise<void>;
  lost(intent: number, reason: string): Promise<void>;
  /** Note that these probes were turned away unanswered and may be asked again; absent where nothing is kept. */
  defer?(probes: readonly number[]): Promise<void>;
}

/**
 * What one probe brought back, before anything is concluded from it:
 * - `vector`: a number per class, in the order the suspect gave them; NaN marks a class it kept back (top-k);
 * - `label`: only the index of one class, or its name;
 * - `lost`: no usable answer (refused, timed out, malformed); it stays lost.
 */
export type Answer =
  | { readonly kind: "vector"; readonly values: Float64Array }
  | { readonly kind: "label"; readonly label: number | string }
  | { readonly kind: "lost"; readonly reason: string };

/** What identifies a suspect in the evidence; plain JSON. */
export interface SuspectIdentity {
  readonly protocol: string;
  /** A file's base name, or the URL without credentials. */
  readonly target: string;
  /** SHA-256 of the file, hex; endpoints have none. */
  readonly sha256?: string;
  readonly model?: string;
}

/**
 * A suspect that can be asked. Implementations live in packages/suspects. Absence of an answer is a value
 * (`lost`); a suspect that cannot be asked at all (down, wrong protocol, blocked address) throws.
 */
export interface BlackBoxSuspect {
  readonly identity: SuspectIdentity;
  /** Inputs as the suspect declares them; empty when it does not say. */
  readonly inputs: readonly ValueInfo[];
  /** What decoding its answers needs beside the answers themselves; plain JSON, for the record. */
  readonly decoding: Readonly<Record<string, unknown>>;
  /** Queries that may be under way at once; 1 where absent. */
  readonly parallel?: number;
  /** Whether whoever asks has said which class each answer means; false where absent. */
  readonly ordersClasses?: boolean;
  /**
   * Ask for the rows of `inputs` (every tensor has the same leading dimension n).
   * @param inputs one tensor per model input, shape [n, ...]
   * @param probes index of each row in the probe list, length n, for the record
   * @returns n answers, in order
   */
  query(
    inputs: Readonly<Record<string, Tensor>>,
    probes: readonly number[],
    recorder: ExchangeRecorder,
  ): Promise<Answer[]>;
  /**
   * Decode a recorded answer again, without asking: what is replayed equals what was live.
   *
   * @param rows how many probes it answered
   */
  replay(answer: Pick<IncomingAnswer, "status" | "headers" | "body">, rows: number): Answer[];
  close(): Promise<void>;
}

/** A suspect whose file lies open. */
export interface WhiteBoxSuspect {
  readonly identity: SuspectIdentity & { readonly sha256: string };
  readonly path: string;
}
