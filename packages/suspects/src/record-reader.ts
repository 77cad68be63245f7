import type { Tensor } from "@indicia/onnx/tensor";
import { SuspectError } from "./error.js";
import type { Decoder, Decoding, EncodedRequest } from "./protocol.js";

/** Body of the request for some rows. */
export type BodyEncoder = (inputs: Readonly<Record<string, Tensor>>) => EncodedRequest["body"];

/** Bodies do not say where they go. */
export const ANYWHERE: URL = new URL("http://anywhere.invalid/");

/** How the records of one protocol are read: by anyone, offline, from what `Protocol.decoding` left in the record. */
export interface RecordReader {
  /** @throws SuspectError SUSPECT_PROTOCOL for a note that this program did not write */
  decoder(noted: Decoding): Decoder;
  /**
   * @param encoding the note's member of that name
   * @throws SuspectError SUSPECT_PROTOCOL for a note that this program did not write
   */
  encoder(encoding: Readonly<Record<string, unknown>>, noted: Decoding): BodyEncoder;
  /** Whether the note says which class each name stands for, a choice of whoever asked; absent where it never does. */
  ordersClasses?(noted: Decoding): boolean;
}

/** A record's note of how to decode that this program did not write. */
export function foreignNote(): SuspectError {
  return new SuspectError(
    "SUSPECT_PROTOCOL",
    "the record does not say how its answers are decoded",
    "It was not written by this program, or was changed.",
  );
}

/** A record's note of how to encode that this program did not write. */
export function foreignEncoding(reason: string): SuspectError {
  return new SuspectError(
    "SUSPECT_PROTOCOL",
    `the record does not say how its requests came to be: ${reason}`,
    "It was not written by this program, or was changed.",
  );
}
