import type { Job } from "@indicia/operations/context";
import type { ProgramCall } from "@indicia/operations/options";
import { callProgram, type OwnProgram, serveProgram } from "./own-program.js";

const GATEWAY: OwnProgram = { name: "gateway", json: true, code: "GATEWAY_FAILED" };

/** `indicia gateway`: serve until it is told to end. */
export const serveGateway: Job<ProgramCall> = (call, context) => serveProgram(GATEWAY, call, context);

/** `indicia gateway check` and `indicia gateway key ...` */
export const callGateway: Job<ProgramCall> = (call, context) => callProgram(GATEWAY, call, context);
