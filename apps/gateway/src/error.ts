/** One code for each way in which a gateway cannot be set up. */
export type GatewayErrorCode =
  // configuration
  | "CONFIG_UNREADABLE"
  | "CONFIG_MALFORMED"
  | "CONFIG_INVALID"
  | "CONFIG_ENVIRONMENT"
  // access
  | "SCOPE_MALFORMED"
  | "NAME_MALFORMED"
  | "KEYS_MALFORMED"
  | "KEYS_HEAD_MALFORMED"
  | "KEYS_CUT"
  | "KEYS_FORKED"
  | "KEYS_DAMAGED"
  | "KEYS_UNREADABLE"
  | "KEY_UNKNOWN"
  | "KEY_ENDED"
  | "ACCOUNT_DIFFERS"
  | "DATE_MALFORMED"
  | "DATE_PAST"
  | "CUSTOMER_UNKNOWN"
  | "JWKS_UNUSABLE"
  | "ADDRESS_MALFORMED"
  // models
  | "MODEL_UNSUITED"
  | "SECRET_SHORT"
  // query logs
  | "QUERY_LOG_DAMAGED"
  | "STRENGTHS_INVALID"
  // limits
  | "LIMITS_UNREACHABLE";

/** Why a gateway cannot be set up, with what to do about it. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: GatewayErrorCode;
  readonly hint: string;

  constructor(code: GatewayErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
