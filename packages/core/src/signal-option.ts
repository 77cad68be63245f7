/** A signal as an option to hand on, where there is one: an absent option is not one that is undefined. */
export function signalOption(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
