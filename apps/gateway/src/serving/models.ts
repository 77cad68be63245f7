import type { Guarded } from "../pipeline.js";

/** A model that is served, with what stands before it. */
export interface Served extends Guarded {
  /** Record a batch that a customer fixed beforehand; null where queries are not logged. @throws BadRequest */
  readonly batch:
    | ((customer: string | null, queries: readonly string[], signature: string) => Promise<void>)
    | null;
}

/** The models that are served now. */
export interface Models {
  /** In the order of the configuration. */
  list(): readonly Served[];
  /** null where there is none of the name. */
  find(name: string): Served | null;
  /** Keep a model open until the work is done, even where another takes its place meanwhile. */
  using<T>(served: Served, work: () => Promise<T>): Promise<T>;
}

/** Models that stay what they are. */
export function fixedModels(served: readonly Served[]): Models {
  return {
    list: () => served,
    find: (name) => served.find(({ model }) => model.name === name) ?? null,
    using: (_, work) => work(),
  };
}
