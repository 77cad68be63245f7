/** Tables of models, suspects and uploads; see the migration of the same name. */
export interface ResourceTables {
  readonly uploads: {
    id: string;
    name: string;
    bytes: number;
    sha256: string;
    uploaded: Date;
  };
}
