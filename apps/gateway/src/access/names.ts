import { GatewayError } from "../error.js";

/** Accounts, organisations and customers: printable and without `:`, which sets tokens' accounts apart. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,95}$/;

/** @throws GatewayError NAME_MALFORMED */
export function requireName(what: string, text: string): string {
  if (isName(text)) return text;
  throw new GatewayError(
    "NAME_MALFORMED",
    `${JSON.stringify(text.slice(0, 100))} is no name of ${what}`,
    "Use 1 to 96 letters, digits and . _ @ + - and begin with a letter or digit.",
  );
}

/** Whether a text can name an account, an organisation or a customer. */
export function isName(text: string): boolean {
  return NAME.test(text);
}
