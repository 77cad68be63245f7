import { findReadout } from "@indicia/core/marks/readout/find";
import { readIdentities, readPassphrase } from "@indicia/vault/key-source";
import { openVaultModel } from "@indicia/vault/open-model";
import { modelNamed, readIndex } from "@indicia/vault/vault-index";
import { GatewayError } from "../error.js";
import { type ModelInput, openGraph, type ScoreTaps } from "../serving/open-model.js";
import { fileStamp } from "../serving/watch-models.js";
import type { SourceConfig, VaultConfig } from "./config.js";

/** A model that the gateway runs itself. */
export type StoredSource = Extract<SourceConfig, { readonly kind: "file" | "vault" }>;

/** Where a model comes from, now and again. */
export interface ModelSource {
  readonly load: () => Promise<ModelInput>;
  /** Changes whenever what `load` gives changes. */
  readonly stamp: () => Promise<string>;
}

/** How a model is opened that may lie in a vault. */
export interface OpeningOptions {
  readonly vault: VaultConfig | null;
  readonly clock: () => Date;
  /** What the vault's log says of it. */
  readonly purpose: "opened" | "checked";
}

/** The file of a model, or its place in the vault, which logs every time that it is opened. */
export function modelSource({ kind, name }: StoredSource, options: OpeningOptions): ModelSource {
  const { vault } = options;
  if (kind === "file" || vault === null) return { load: async () => name, stamp: () => fileStamp(name) };
  return {
    load: () => fromVault(vault, name, options),
    stamp: async () => modelNamed(await readIndex(vault.folder), name).model.sha256,
  };
}

async function fromVault(
  { folder, kind, secret, signer }: VaultConfig,
  name: string,
  { clock, purpose }: Pick<OpeningOptions, "clock" | "purpose">,
): Promise<ModelInput> {
  const unlock = kind === "identities" ? await readIdentities(secret) : await readPassphrase(secret);
  const { bytes, externalData } = await openVaultModel(folder, {
    name,
    unlock,
    signer,
    clock,
    by: "gateway",
    purpose,
  });
  return externalData.length === 0 ? bytes : { bytes, externalData };
}

/**
 * Where the scores of a classifier are read, for defences that work on them.
 *
 * @throws GatewayError MODEL_UNSUITED where it shows none
 */
export function scoresOf(name: string, model: ModelInput): ScoreTaps {
  const opened = openGraph(model);
  try {
    const readout = findReadout(opened);
    if (!("refusal" in readout)) return readout;
    throw new GatewayError(
      "MODEL_UNSUITED",
      `${name} shows no class scores that a monitor or a perturbation could work on: ${readout.refusal}`,
      "Leave them out for this model.",
    );
  } finally {
    opened.close();
  }
}
