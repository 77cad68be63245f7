import type { Job } from "@indicia/operations/context";
import type { ProgramCall } from "@indicia/operations/options";
import { callProgram, type OwnProgram, serveProgram } from "./own-program.js";

const VERIFIER: OwnProgram = { name: "verifier", json: false, code: "VERIFIER_FAILED" };

/** `indicia verifier`: serve until it is told to end. */
export const serveVerifier: Job<ProgramCall> = (call, context) => serveProgram(VERIFIER, call, context);

/** `indicia verifier backup`, `restore`, `rotate-key` and `ticket` */
export const callVerifier: Job<ProgramCall> = (call, context) => callProgram(VERIFIER, call, context);
