import type { ByteSource } from "./source.js";
import type { ElementType, ValueInfo } from "./tensor.js";
import type { ByteRange } from "./wire.js";

/** A message and where its length prefix stands, so that it can grow: outermost first. */
export interface Enclosing {
  readonly length: ByteRange;
  readonly content: ByteRange;
}

export type Attribute =
  | { readonly kind: "float" | "int"; readonly value: number | bigint }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "floats" | "ints"; readonly value: readonly (number | bigint)[] }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: TensorEntry }
  | { readonly kind: "graph"; readonly value: Graph }
  | { readonly kind: "graphs"; readonly value: readonly Graph[] }
  | { readonly kind: "other" };

export interface Node {
  readonly index: number;
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly graph: Graph;
  /** The `input` fields, whole. */
  readonly inputRanges: readonly ByteRange[];
  readonly enclosing: readonly Enclosing[];
}

export interface Graph {
  /** Empty for the main graph; otherwise names of nodes and attributes down to here. */
  readonly path: string;
  readonly name: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
  readonly initializers: readonly TensorEntry[];
  /** Where it is an attribute's value; null for the main graph and for functions. */
  readonly parent: { readonly graph: Graph; readonly node: Node; readonly attribute: string } | null;
  readonly enclosing: readonly Enclosing[];
}

/** How a tensor's numbers are kept. Ranges of packed fields exclude their tag and length. */
export type Storage =
  | { readonly kind: "raw"; readonly range: ByteRange }
  | {
      readonly kind: "typed";
      readonly field:
        | "float_data"
        | "int32_data"
        | "int64_data"
        | "double_data"
        | "uint64_data"
        | "string_data";
      /** Whole fields, in order. */
      readonly fields: readonly ByteRange[];
      /** Content of each field; for unpacked ones the value alone. */
      readonly parts: readonly (ByteRange & { readonly packed: boolean })[];
    }
  | {
      readonly kind: "external";
      readonly location: string;
      readonly offset: number;
      readonly length: number | null;
    }
  /** A number or list of numbers in a Constant node's attribute (value_float, value_floats, ...). */
  | {
      readonly kind: "attribute";
      readonly values: readonly (number | bigint)[];
      readonly ranges: readonly ByteRange[];
    }
  | { readonly kind: "none" };

export interface TensorEntry {
  /** Unique and stable in the file: path of the graph and name of the value. */
  readonly id: string;
  readonly name: string;
  readonly graph: Graph;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly storage: Storage;
  readonly constantNode: Node | null;
  /** Messages around the numbers, the TensorProto itself last. */
  readonly enclosing: readonly Enclosing[];
  /** The external_data entry that holds the location, where there is one. */
  readonly locationRange: (ByteRange & { readonly enclosing: readonly Enclosing[] }) | null;
}

/** A model as an index: nothing of its weights is in memory. */
export interface OnnxModel {
  readonly source: ByteSource;
  readonly path: string | null;
  /** Folder that external data must stay in; null where there is none. */
  readonly directory: string | null;
  readonly irVersion: number;
  readonly opsets: ReadonlyMap<string, number>;
  readonly producer: string;
  readonly graph: Graph;
  readonly graphs: readonly Graph[];
  readonly tensors: readonly TensorEntry[];
  /** Locations of external data, each once, relative to the folder. */
  readonly externalFiles: readonly string[];
  close(): void;
}
