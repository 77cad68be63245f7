import type { AccountOptions, LoggedOptions } from "@indicia/operations/options";
import type { Command } from "commander";
import { type Flags, optionalText, refuse, usage } from "./flags.js";
import { customerId } from "./values.js";

/** Declare what names a gateway's query log, whose queries are asked again. */
export function declareLogged(command: Command): Command {
  return command
    .option("--query-log <folder>", "what a gateway was asked, to be asked again (as many rows as --budget)")
    .option(
      "--query-log-identity <file>",
      "age identities for a log that was encrypted to recipients; whoever has the owner key needs none for one under the gateway's",
    )
    .option("--customers <file>", "register of customers of that gateway (default: nobody was ever entered)");
}

/** The same, and whose mark is looked for. */
export function declareAccount(command: Command): Command {
  return declareLogged(command).option(
    "--customer <id>",
    "the one customer whose marked answers are looked for, with --query-log (default: the gateway's own mark)",
  );
}

/** @throws CliError USAGE */
export function readLogged(flags: Flags): LoggedOptions | null {
  const queryLog = optionalText(flags, "queryLog");
  if (queryLog === null) {
    refuse(flags, ["queryLogIdentity", "customers", "customer"], "needs --query-log");
    return null;
  }
  return {
    queryLog,
    queryLogIdentity: optionalText(flags, "queryLogIdentity"),
    customers: optionalText(flags, "customers"),
  };
}

/** @throws CliError USAGE */
export function readAccount(flags: Flags): AccountOptions | null {
  const logged = readLogged(flags);
  if (logged === null) return null;
  const customer = optionalText(flags, "customer");
  if (customer !== null && logged.customers === null)
    throw usage("--customer takes the register that has him: --customers");
  return { ...logged, customer: customer === null ? null : customerId(customer) };
}

/** Answers can be compared with the reference's alone. @throws CliError USAGE */
export function needsReference<Logged extends LoggedOptions>(
  logged: Logged | null,
  reference: string | null,
): Logged | null {
  if (logged !== null && reference === null) throw usage("--query-log needs --reference");
  return logged;
}
