import type { Step } from "./common.js";

/** What went wrong, with what to do about it. */
export interface StatedError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** A model that was registered, with what its registration says. */
export interface Model {
  readonly id: string;
  readonly name: string;
  readonly notes: string;
  readonly created: string;
  readonly state: "registering" | "ready" | "failed";
  /** What is being done, while it is registering. */
  readonly step: Step | null;
  readonly error: StatedError | null;
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
        /** Students of the model to make from the calibration data, against thieves who imitate it; default none. */
        readonly shadows?: number;
        /** What ties it to outside clocks and to chance; default nothing. */
        readonly anchor?: NewAnchor;
      }
    | {
        readonly kind: "folder";
        /** Upload of a zip of the folder that `indicia register` made. */
        readonly upload: string;
        /** Null keeps the key out of the service. */
        readonly ownerKey: string | null;
      };
}

/** Outside clocks and chance, so that others need not take the owner's word for the order of events. */
export interface NewAnchor {
  /** RFC 3161 authorities, each of which is asked once the registration stands. */
  readonly authorities: readonly {
    readonly url: string;
    /** Whether the owner knows it to be qualified. */
    readonly qualified: boolean;
  }[];
  /** Upload of a PEM file with the roots to which the authorities lead, or null. */
  readonly roots: string | null;
  /** Whether authorities may lie in one's own network; for admins. */
  readonly allowPrivate: boolean;
  /** Public network of which a later round salts the carrier, or null. Copies are marked once the round is out. */
  readonly beacon: "drand" | "drand-default" | null;
}

export interface ModelChange {
  readonly name?: string;
  readonly notes?: string;
  /** Owner key of the service that opens the registration, or null to keep the key out of it from now on. */
  readonly ownerKey?: string | null;
}

/** A marked copy of a model, to be released or given to a customer. */
export interface ModelCopy {
  readonly id: string;
  readonly model: string;
  readonly name: string;
  /** Whose copy it is, or null. */
  readonly customer: string | null;
  readonly created: string;
  readonly state: "marking" | "ready" | "failed";
  readonly step: Step | null;
  readonly error: StatedError | null;
  /** Null until it is ready. */
  readonly marked: {
    readonly sha256: string;
    readonly bytes: number;
    /** Strengths, or null where that mark is not in it. */
    readonly weights: number | null;
    readonly readout: number | null;
    /** On the registered calibration data. */
    readonly rows: number;
    readonly labelsChanged: number;
    /** Share of labels that changed, its upper bound with 95 % confidence. */
    readonly labelsChangedUpper95: number;
    readonly notes: readonly string[];
  } | null;
}

/** `POST /models/{id}/copies`, for models whose owner key is in the service. */
export interface NewModelCopy {
  readonly name?: string;
  /** At most 32 bytes; default the registered one. Goes into the weights. */
  readonly payload?: string | null;
  /** Identifier of a customer, who gets a read-out mark of his own; entered in the model's register of customers. */
  readonly customer?: string | null;
  /** `auto`, the default, is the strongest that keeps within the label budget. */
  readonly weights?: "auto" | "off" | number;
  readonly readout?: "auto" | "off" | number;
  /** Largest share of labels that may change; default 0.005. */
  readonly labelBudget?: number;
}
