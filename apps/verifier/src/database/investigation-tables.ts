/** Tables of investigations; see the migration of the same name. */
export interface InvestigationTables {
  readonly probe_sets: {
    id: string;
    name: string;
    model: string;
    order: string;
    budget: number;
    created: Date;
  };
}
