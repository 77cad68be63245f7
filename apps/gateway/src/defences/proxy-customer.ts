import { BadRequest } from "../bad-request.js";
import type { Defence } from "./defence.js";

/** Header that says which customer asks. The proxy that authenticates clients sets it, and takes it from them. */
const CUSTOMER = "x-indicia-customer";

/**
 * Access control by a proxy in front: it says which customer asks, and nobody else is answered.
 *
 * @param known whether a customer is in the register
 */
export function proxyCustomer(known: (customer: string) => boolean): Defence {
  return {
    name: "access",
    enter(caller) {
      const customer = caller.headers.get(CUSTOMER);
      if (customer === null || !known(customer)) throw new BadRequest("this customer is not registered", 403);
      caller.account = { id: customer, organisation: null, scopes: [], customer };
    },
  };
}
