/** Longest customer id: the payload of a copy holds 32 bytes, account numbers and addresses of mail a little more. */
export const MAX_ID_LENGTH: number = 64;

/** Whether a text can name a customer: one spelling of each, safe in logs, labels and lists. */
export function isCustomerId(text: string): boolean {
  return text.length <= MAX_ID_LENGTH && /^[A-Za-z0-9][A-Za-z0-9._@+-]*$/.test(text);
}
