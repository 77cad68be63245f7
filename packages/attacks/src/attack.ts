import type { Tensor } from "@indicia/onnx/tensor";
import type { Seed } from "@indicia/autodiff/random";

/** What a thief may hold beside the model. */
export interface Loot {
  /** Input rows, for attacks that calibrate, and for finding shapes; default random ones. */
  readonly rows?: Readonly<Record<string, Tensor>>;
  /** What each row is, [n], 0 .. classes - 1, for attacks that train. */
  readonly labels?: Int32Array;
  /** Other copies of the model, with the same structure. */
  readonly others?: readonly Uint8Array[];
  /** Models of the same structure that were trained from another start. */
  readonly independent?: readonly Uint8Array[];
}

/**
 * What a thief does: a new model from a model, options and a seed. Nothing given is changed; the same three give the
 * same bytes on one machine.
 *
 * @throws AttackError NOTHING_TO_DO and others; OnnxError where the model cannot be decoded
 */
export type Attack<Options> = (
  model: Uint8Array,
  options: Options,
  seed: Seed,
) => Uint8Array | Promise<Uint8Array>;

/** Format, compression, tuning, invariance of the function, targeted at marks. */
export type Tier = 0 | 1 | 2 | 3 | 4;

/** An attack with one choice of options, ready to run. */
export interface Variant {
  readonly name: string;
  readonly options: object;
  run(model: Uint8Array, seed: Seed, loot?: Loot): Promise<Uint8Array>;
}

export interface ListedAttack {
  readonly name: string;
  readonly tier: Tier;
  readonly description: string;
  /** Whether the outputs stay what they were, up to 1e-4 of their scale. */
  readonly preserving: boolean;
  /** Loot without which it cannot run. */
  readonly needs: keyof Loot | null;
  readonly variants: readonly Variant[];
}

/** Enter an attack into the list. */
export function listed<Options extends object>(
  entry: Omit<ListedAttack, "variants" | "needs"> & {
    readonly needs?: keyof Loot;
    readonly attack: Attack<Options>;
    readonly variants: Readonly<Record<string, NoInfer<Options>>>;
  },
): ListedAttack {
  const { attack, needs = null, variants, ...rest } = entry;
  return {
    ...rest,
    needs,
    variants: Object.entries(variants).map(([name, options]) => ({
      name,
      options,
      run: async (model, seed, loot = {}) => await attack(model, { ...options, ...loot }, seed),
    })),
  };
}
