import { canonicalBytes } from "./canonical.js";
import type { DossierParts } from "./dossier-parts.js";
import type { ChainLine } from "./chain.js";
import type { RegistrationFile } from "./registration-format.js";

/** Tensors that are listed one by one at most; a plan of more is cut, and says so. */
const MOST_TENSORS = 1000;

interface Property {
  readonly name: string;
  readonly value: string;
}

/** What CycloneDX calls a component: here a model in one file. */
interface Component {
  readonly type: "machine-learning-model";
  readonly "bom-ref": string;
  readonly name: string;
  readonly hashes: { readonly alg: "SHA-256"; readonly content: string }[];
  readonly licenses: { readonly license: { readonly name: string } }[];
  readonly modelCard?: {
    readonly modelParameters: { readonly task: string; readonly outputs: { readonly format: string }[] };
  };
  readonly properties: Property[];
}

/** mlbom.cdx.json: a CycloneDX 1.6 bill of materials of the registered model and its marked copies. */
export interface MlBom {
  readonly $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json";
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly version: 1;
  readonly metadata: { readonly timestamp: string; readonly component: Component };
  readonly components: Component[];
}

/**
 * The bill of materials of a registered model, as far as the registration knows it: hashes, what it answers, and the
 * tensors that carry a mark. Nobody gave a licence, so it is unknown.
 */
export function mlBomBytes({ registration, marks }: DossierParts): Uint8Array {
  const { file, commitment } = registration;
  const bom: MlBom = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: file.created,
      component: component("reference", file.reference.sha256, {
        ref: "reference",
        ...outputs(file),
        properties: [
          property("registration", commitment),
          property("bytes", String(file.reference.bytes)),
          ...file.reference.externalFiles.map(({ name, sha256 }) => property(`external:${name}`, sha256)),
          ...tensors(file),
        ],
      }),
    },
    components: marks.flatMap(copies),
  };
  return canonicalBytes(bom);
}

function component(
  name: string,
  sha256: string,
  { ref, ...more }: Pick<Component, "properties" | "modelCard"> & { readonly ref: string },
): Component {
  return {
    type: "machine-learning-model",
    "bom-ref": ref,
    name,
    hashes: [{ alg: "SHA-256", content: sha256 }],
    licenses: [{ license: { name: "unknown" } }],
    ...more,
  };
}

function outputs({ readout }: RegistrationFile): Pick<Component, "modelCard"> {
  if ("refusal" in readout) return {};
  const scale = readout.tail === "none" ? "logits" : readout.tail;
  const format = `${readout.output}: float32, ${readout.classes} classes, ${scale}`;
  return { modelCard: { modelParameters: { task: "classification", outputs: [{ format }] } } };
}

function tensors({ weights }: RegistrationFile): Property[] {
  if ("refusal" in weights) return [];
  const listed = weights.tensors
    .slice(0, MOST_TENSORS)
    .map(({ label, dims, sha256 }) => property(`tensor:${label}`, `${dims.join("x")} sha256:${sha256}`));
  const more = weights.tensors.length - listed.length;
  return more > 0 ? [...listed, property("tensors-not-listed", String(more))] : listed;
}

/** A line of a marked copy as a component; lines of other kinds, and of copies without a hash, are none. */
function copies({ type, time, index, body }: ChainLine): Component[] {
  if (type !== "mark" || typeof body !== "object" || body === null || !("copy" in body)) return [];
  const { copy } = body;
  if (typeof copy !== "string" || !/^[0-9a-f]{64}$/.test(copy)) return [];
  return [component("marked copy", copy, { ref: `copy-${index}`, properties: [property("marked", time)] })];
}

function property(name: string, value: string): Property {
  return { name: `indicia:${name}`, value };
}
