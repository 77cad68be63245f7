import type { Upload } from "../../../../src/shapes/common.js";
import type { NewAnchor, NewModel } from "../../../../src/shapes/models.js";

export interface ModelDraft {
  readonly name: string;
  readonly notes: string;
  readonly reference: Upload | null;
  readonly keyKind: "drawn" | "uploaded" | "stored" | "kept-out";
  /** Owner key in the service, once there is one. */
  readonly ownerKey: string | null;
  /** Zip of a registration that was made elsewhere. */
  readonly folder: Upload | null;
  readonly calibrationKind: "file" | "random";
  readonly calibration: Upload | null;
  readonly randomRows: string;
  readonly poolKind: "same" | "file";
  readonly pool: Upload | null;
  readonly payload: string;
  readonly owner: string;
  /** Students to make first; "0" for none. */
  readonly shadows: string;
  readonly dated: boolean;
  readonly authority: string;
  readonly qualified: boolean;
  readonly privateAuthority: boolean;
  /** PEM file of the roots to which the authority leads. */
  readonly roots: Upload | null;
  readonly beacon: boolean;
}

export const EMPTY_DRAFT: ModelDraft = {
  name: "",
  notes: "",
  reference: null,
  keyKind: "drawn",
  ownerKey: null,
  folder: null,
  calibrationKind: "file",
  calibration: null,
  randomRows: "256",
  poolKind: "same",
  pool: null,
  payload: "",
  owner: "",
  shadows: "0",
  dated: false,
  authority: "",
  qualified: false,
  privateAuthority: false,
  roots: null,
  beacon: false,
};

export const STEPS = ["Model", "Owner key", "Data", "Claim", "Standing", "Review"] as const;

/** What is missing before a step can be left, or null. */
export function missingFor(step: (typeof STEPS)[number], draft: ModelDraft): string | null {
  switch (step) {
    case "Model":
      if (draft.name.trim() === "") return "Give the model a name.";
      return draft.reference === null ? "Upload the unmarked model." : null;
    case "Owner key":
      if (draft.keyKind === "kept-out") return draft.folder === null ? "Upload the registration." : null;
      return draft.ownerKey === null ? "Draw, upload or choose an owner key." : null;
    case "Data":
      if (draft.keyKind === "kept-out") return null;
      if (draft.calibrationKind === "random")
        return isCount(draft.randomRows) ? null : "Say how many rows are drawn, such as 256.";
      if (draft.calibration === null) return "Upload calibration data, or have them drawn at random.";
      return draft.poolKind === "file" && draft.pool === null ? "Upload the inputs that may be asked." : null;
    case "Standing":
      if (draft.keyKind === "kept-out") return null;
      if (draft.dated && draft.authority.trim() === "") return "Give the address of the timestamp authority.";
      return /^[0-8]$/.test(draft.shadows) ? null : "Choose 0 to 8 students.";
    case "Claim":
    case "Review":
      return null;
  }
}

/** Null while something is missing. */
export function newModel(draft: ModelDraft): NewModel | null {
  if (draft.reference === null || STEPS.some((step) => missingFor(step, draft) !== null)) return null;
  const { name, notes, reference, folder, ownerKey, calibration, pool } = draft;
  const common = { name: name.trim(), notes, reference: reference.id };
  if (draft.keyKind === "kept-out" && folder !== null)
    return { ...common, registration: { kind: "folder", upload: folder.id, ownerKey: null } };
  if (ownerKey === null) return null;
  const random = draft.calibrationKind === "random";
  return {
    ...common,
    registration: {
      kind: "new",
      ownerKey,
      calibration: random ? `random:${draft.randomRows}` : (calibration?.id ?? ""),
      pool: !random && draft.poolKind === "file" ? (pool?.id ?? null) : null,
      payload: textOrNull(draft.payload),
      owner: textOrNull(draft.owner),
      ...(draft.shadows === "0" ? {} : { shadows: Number(draft.shadows) }),
      ...(draft.dated || draft.beacon ? { anchor: anchorOf(draft) } : {}),
    },
  };
}

/** What was filled in for an authority that is not asked is left out. */
function anchorOf(draft: ModelDraft): NewAnchor {
  const { dated, authority, qualified, privateAuthority, roots, beacon } = draft;
  return {
    authorities: dated ? [{ url: authority.trim(), qualified }] : [],
    roots: dated ? (roots?.id ?? null) : null,
    allowPrivate: dated && privateAuthority,
    beacon: beacon ? "drand" : null,
  };
}

function textOrNull(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}

function isCount(text: string): boolean {
  return /^[1-9]\d{0,6}$/.test(text);
}
