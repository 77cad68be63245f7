import type { Step } from "./common.js";

/** A model that was registered, with what its registration says. */
export interface Model {
  readonly id: string;
  readonly name: string;
  readonly notes: string;
  readonly created: string;
  readonly state: "registering" | "ready" | "failed";
  /** What is being done, while it is registering. */
  readonly step: Step | null;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
  /** Owner key in the service, or null where the key is kept out of it. */
  readonly ownerKey: string | null;
  /** Null until it is ready. */
  readonly registration: RegistrationSummary | null;
}

export interface RegistrationSummary {
  readonly commitment: string;
  readonly created: string;
  readonly owner: string | null;
  readonly reference: { readonly sha256: string; readonly bytes: number };
  /** Why a mark is not there, or null where it is. */
  readonly weights: { readonly refusal: string | null };
  readonly readout: { readonly refusal: string | null; readonly classes: number | null };
  readonly pool: { readonly rows: number; readonly random: boolean };
  readonly shadows: number;
  readonly level: number;
  readonly timestamps: number;
  readonly beacon: boolean;
  /** Observations that were counted under it so far; each costs the later ones some of their evidence. */
  readonly counted: number;
  /** Why evidence would be exploratory; empty where it would be anchored. */
  readonly standingReasons: readonly string[];
}

/** `POST /models` */
export interface NewModel {
  readonly name: string;
  readonly notes?: string;
  /** Upload of the unmarked .onnx file, which is the reference. */
  readonly reference: string;
  readonly registration:
    | {
        readonly kind: "new";
        readonly ownerKey: string;
        /** Upload of .npz, .npy or .csv, or `random:N`. */
        readonly calibration: string;
        /** As `calibration`; null for the same. */
        readonly pool: string | null;
        readonly payload: string | null;
        readonly owner: string | null;
      }
    | {
        readonly kind: "folder";
        /** Upload of a zip of the folder that `indicia register` made. */
        readonly upload: string;
        /** Null keeps the key out of the service. */
        readonly ownerKey: string | null;
      };
}

export interface ModelChange {
  readonly name?: string;
  readonly notes?: string;
}
