import { SuspectError, type SuspectErrorCode } from "../error.js";

/** Code with which a promise is rejected or a call fails; "none" where it does not, "other" for any other error. */
export async function codeOf(run: () => unknown): Promise<SuspectErrorCode | "none" | "other"> {
  try {
    await run();
    return "none";
  } catch (error) {
    return error instanceof SuspectError ? error.code : "other";
  }
}
