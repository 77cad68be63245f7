import { readFile } from "node:fs/promises";
import { changeBudget } from "@indicia/core/change-budget";
import { CoreError } from "@indicia/core/error";
import { customerPlace, DEFAULT_CUSTOMER_STRENGTH } from "@indicia/core/customer-mark";
import { type AnswerMarker, answerMarker, type GatewayMark } from "@indicia/core/gateway-answers";
import { type GatewayKeys, importGatewayKey } from "@indicia/core/gateway-keys";
import { DEFAULT_TILT } from "@indicia/core/marks/logged/plan";
import { readLoggedPlan } from "@indicia/core/marks/logged/read-plan";
import type { InputRows, Registration } from "@indicia/core/registration";
import { readRegisteredRows, readRegistration, type RowFormat } from "@indicia/core/registration-folder";
import { fingerprint } from "@indicia/data/fingerprint";
import { readNpz, writeNpz } from "@indicia/data/npz";
import { type CustomerEntry, readCustomers } from "@indicia/evidence/customers";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { batchIsSigned } from "@indicia/evidence/query-batch";
import { openQueryLog, type QueryLogFile, type QueryLogOptions } from "@indicia/evidence/query-log-file";
import { type LogSealing, queryLogKey } from "@indicia/evidence/query-seal-file";
import { derive } from "@indicia/proof/keys";
import { BadRequest } from "./bad-request.js";
import type { Defence } from "./defences/defence.js";
import { marksDefence } from "./defences/marks.js";
import { queryLogDefence } from "./defences/query-log.js";
import { openingError } from "./query-log-state.js";
import { markChange, tellMarkChange } from "./mark-change.js";
import type { ModelReader } from "./serving/live-model.js";
import type { ScoreTaps } from "./serving/open-model.js";
import type { Parties } from "./terms-desk.js";

/** How a query log is kept. */
export interface LoggingOptions extends Pick<QueryLogOptions, "policy" | "segment" | "keepHours"> {
  /**
   * `gateway-key` seals under a key that is derived from the gateway's. Where a gateway wraps keys for others and cannot
   * open them itself, it does not know after a restart what it answered before, and its budget of changed labels begins anew.
   */
  readonly sealing?: "gateway-key" | LogSealing | null;
}

/** What a gateway needs to mark its answers. */
export interface MarkingOptions {
  /** Opens the model that is served: the registered one or a copy of it. */
  readonly reader: (taps: ScoreTaps) => Promise<ModelReader>;
  readonly registration: string;
  /** File from `indicia key gateway`. */
  readonly gatewayKey: string;
  /** Register of customers, or null where none are told apart. */
  readonly customers: string | null;
  /** Folder of the query log, or null where queries are not logged. */
  readonly logged: string | null;
  /** How the log is kept; default: whole, in the clear, for ever. */
  readonly logging?: LoggingOptions;
  /** Logits per unit of a customer's mark; 0 where the model shows no features, as one behind an endpoint. */
  readonly strength?: number;
  readonly tilt?: number;
  readonly clock: () => Date;
}

/** What marks answers for customers and for the query log. */
export interface Marking {
  /** The one output that is served. */
  readonly scores: ScoreTaps;
  readonly reader: ModelReader;
  /** Between whom terms are agreed. */
  readonly parties: Parties;
  /** Whether a customer is in the register, or null where none are told apart. */
  readonly knows: ((customer: string) => boolean) | null;
  readonly marks: Defence;
  readonly log: Defence | null;
  /** Record a batch that a customer fixed beforehand. @throws BadRequest */
  batch(customer: string | null, queries: readonly string[], signature: string): Promise<void>;
  /**
   * What customers' marks change on some rows, by default on the registered calibration rows; null where nobody is marked.
   *
   * @param given asked with what the model takes
   */
  measure(
    given?: (inputs: ModelReader["inputs"]) => Promise<Pick<InputRows, "rows" | "tensors">>,
  ): Promise<string | null>;
  /** Close log and model. */
  close(): Promise<void>;
}

/**
 * Open everything that marking needs, before anything is served.
 *
 * @throws CoreError WRONG_KEY, NO_READOUT, REGISTRATION_INVALID; EvidenceError of a broken register or log
 */
export async function openMarking(options: MarkingOptions): Promise<Marking> {
  const registration = await readRegistration(options.registration);
  const { readout } = registration.file;
  const place = customerPlace(registration);
  if ("refusal" in readout) throw new TypeError("a read-out was just found");
  const keys = importGatewayKey(registration, await readFile(options.gatewayKey));
  const customers = await readEntries(options, registration, keys);
  const calibration = await readRegisteredRows(options.registration, registration, "calibration", ROWS);
  const reader = await options.reader(readout);
  let log: QueryLogFile | null = null;
  try {
    const plan = await readLoggedPlan(reader, calibration, readout);
    const { commitment } = registration;
    const budget = changeBudget([]);
    log =
      options.logged === null
        ? null
        : await openQueryLog(options.logged, {
            ...options.logging,
            registration: commitment,
            clock: options.clock,
            sealing: sealingOf(options.logging, keys),
            onFound: budget.note,
          }).catch(async (error: unknown) => {
            throw await openingError(options.logged ?? "", error);
          });
    const strength = customers === null ? 0 : (options.strength ?? DEFAULT_CUSTOMER_STRENGTH);
    const how: GatewayMark = {
      keys,
      place,
      tail: readout.tail,
      plan,
      strength,
      tilt: log === null ? 0 : (options.tilt ?? DEFAULT_TILT),
    };
    const mark = answerMarker(how, budget);
    const parties: Parties = {
      registration: { commitment, signer: registration.file.signer },
      knows: (customer) => customers?.has(customer) === true,
      signer: (customer) => customers?.get(customer)?.signer ?? null,
      addressKey: derive(keys.seed, "acceptance-address"),
    };
    return marking({
      reader,
      log,
      mark,
      needsFeatures: strength > 0,
      customers,
      commitment,
      scores: readout,
      parties,
      async measure(given) {
        const rows = given === undefined ? calibration : await given(reader.inputs);
        const names = [...(customers?.keys() ?? [])];
        const change = await markChange(reader, how, { rows, customers: names });
        return change === null ? null : tellMarkChange(strength, change);
      },
    });
  } catch (error) {
    await log?.close();
    await reader.close();
    throw error;
  }
}

function sealingOf(logging: LoggingOptions | undefined, keys: GatewayKeys): LogSealing | null {
  const sealing = logging?.sealing ?? null;
  return sealing === "gateway-key" ? { kind: "sub-key", key: queryLogKey(keys.seed) } : sealing;
}

/** Registered rows are kept as .npz. */
const ROWS: RowFormat = { encode: (tensors) => writeNpz(tensors), decode: readNpz, fingerprint };

async function readEntries(
  { customers }: MarkingOptions,
  registration: Registration,
  keys: GatewayKeys,
): Promise<ReadonlyMap<string, CustomerEntry> | null> {
  if (customers === null) return null;
  const register = readCustomers(await readFile(customers), { sha256: nativeSha256 });
  const foreign = register.entries.some(({ id, committed }) => keys.commitment(id) !== committed);
  if (register.registration === registration.commitment && !foreign)
    return new Map(register.entries.map((entry) => [entry.id, entry]));
  throw new CoreError(
    "WRONG_REGISTRATION",
    "the register of customers belongs to another registration",
    "Give the file that `indicia customers add` wrote for this one.",
  );
}

interface Parts {
  readonly reader: ModelReader;
  readonly log: QueryLogFile | null;
  readonly mark: AnswerMarker;
  readonly needsFeatures: boolean;
  readonly customers: ReadonlyMap<string, CustomerEntry> | null;
  readonly commitment: string;
  readonly scores: ScoreTaps;
  readonly parties: Parties;
  readonly measure: Marking["measure"];
}

function marking({
  reader,
  log,
  mark,
  needsFeatures,
  customers,
  commitment,
  scores,
  parties,
  measure,
}: Parts): Marking {
  return {
    scores,
    reader,
    parties,
    measure,
    knows: customers === null ? null : (customer) => customers.has(customer),
    marks: marksDefence(
      mark,
      needsFeatures,
      customers === null ? null : (customer) => customers.has(customer),
    ),
    log: log === null ? null : queryLogDefence(log),
    async batch(customer, queries, signature) {
      const signer = customer === null ? null : customers?.get(customer)?.signer;
      if (customer === null || signer == null || log === null)
        throw new BadRequest("batches are for customers with a registered key, where queries are logged");
      const batch = { registration: commitment, customer, queries };
      if (!batchIsSigned(batch, signature, signer))
        throw new BadRequest("the signature over the batch is not the customer's");
      await log.batch(batch, signature);
    },
    async close() {
      await log?.close();
      await reader.close();
    },
  };
}
