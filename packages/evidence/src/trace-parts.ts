import { type ChainLine, readChain } from "./chain.js";
import { type CustomerRegister, readCustomers } from "./customers.js";
import { readDocument } from "./document.js";
import { altered } from "./error.js";
import { type TraceClaim, traceClaimSchema } from "./trace-claim.js";
import { PATHS, type VerifyContext } from "./verify-context.js";

/** Where the parts of a traced bundle lie that others do not have. */
export const TRACE_PATHS = { trace: "trace.json", register: "customers.jsonl" } as const;

/** trace.json. @throws EvidenceError BUNDLE_FILE_MISSING, TRACE_MALFORMED */
export function traceIn(context: Pick<VerifyContext, "find">): TraceClaim {
  const bytes = requirePart(context, TRACE_PATHS.trace);
  return readDocument(bytes, { name: TRACE_PATHS.trace, schema: traceClaimSchema, code: "TRACE_MALFORMED" });
}

/** The register of customers. @throws EvidenceError BUNDLE_FILE_MISSING and all of `readCustomers` */
export function registerIn(context: VerifyContext): CustomerRegister {
  return readCustomers(requirePart(context, TRACE_PATHS.register), { sha256: context.sha256 });
}

/** Lines of the registration's chain. @throws EvidenceError BUNDLE_FILE_MISSING and those of a broken chain */
export function registrationLines(context: VerifyContext): readonly ChainLine[] {
  const bytes = requirePart(context, PATHS.registrationChain);
  return readChain(bytes, { kind: "registration", sha256: context.sha256 }).lines;
}

function requirePart(context: Pick<VerifyContext, "find">, path: string): Uint8Array {
  const found = context.find(path);
  if (found === null) throw altered("BUNDLE_FILE_MISSING", `the bundle has no "${path}"`);
  return found;
}
