import { gatewayKeys } from "@indicia/core/gateway-keys";
import { nodeKeystream } from "@indicia/core/keystream-node";
import type { PoolReadings } from "@indicia/core/probes/pool-readings";
import type { CustomerRegister } from "@indicia/evidence/customers";
import { drawTrace } from "@indicia/evidence/draw-trace";
import { GATEWAY_SUB_KEY } from "@indicia/proof/customer-keys";
import { CLOCK, ownerKey, readRegistration } from "./claim.js";
import { LEVEL, observed, servedAs } from "./make-observation.js";
import type { Needs } from "./needs.js";
import type { TraceRecipe } from "./recipe.js";
import type { Files } from "./store.js";

const DECOY_CUSTOMERS = 200;

/** What a trace said, as `result.json` holds it. */
export interface TraceResult {
  readonly named: readonly string[];
  /** The strongest customers, strongest first. */
  readonly strongest: readonly {
    readonly customer: string;
    readonly log10PIdeal: number;
    readonly T: number;
  }[];
  readonly customers: number;
  readonly standingReasons: readonly string[];
}

/** How many of the strongest customers are kept. */
const KEPT = 5;

export function customerId(number: number): string {
  return `customer-${number}`;
}

/** Examine a suspect, and hold every customer of a register against it. */
export async function madeTrace(recipe: TraceRecipe, needs: Needs, readings: PoolReadings): Promise<Files> {
  const registration = await readRegistration(needs);
  const served = await servedAs(recipe, needs);
  const keys = gatewayKeys(registration, ownerKey(recipe.key));
  const { since } = recipe;
  const entries = Array.from({ length: recipe.customers }, (_, i) => {
    const id = customerId(i + 1);
    return { id, committed: keys.commitment(id), since, signer: null };
  });
  const head = registration.commitment;
  const register: CustomerRegister = { registration: head, entries, head, heads: [head] };
  const trace = drawTrace({
    registration,
    observation: await observed(recipe, { needs, registration, served }, readings),
    logged: null,
    loggedStatistics: 0,
    register,
    keys,
    subKey: GATEWAY_SUB_KEY,
    position: 1,
    level: LEVEL,
    decoyKeys: DECOY_CUSTOMERS,
    keystream: nodeKeystream,
    concluded: CLOCK().toISOString(),
  });
  if (trace.tested !== recipe.customers)
    throw new RangeError(
      `${trace.tested} of ${recipe.customers} customers were entered before the suspect was asked`,
    );
  const result: TraceResult = {
    named: trace.named,
    strongest: trace.customers.slice(0, KEPT).map(({ customer, log10PIdeal, witnesses }) => ({
      customer,
      log10PIdeal,
      T: witnesses[0]?.T ?? 0,
    })),
    customers: trace.register.entries,
    standingReasons: trace.standingReasons,
  };
  return new Map([["result.json", Buffer.from(JSON.stringify(result))]]);
}
