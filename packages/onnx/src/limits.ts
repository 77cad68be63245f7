/** A protobuf message cannot be longer (protobuf.dev, "Proto Limits"); larger models keep their data outside. */
export const MAX_MODEL_BYTES: number = 2 ** 31 - 1;
/** Subgraphs inside subgraphs: real models nest If and Loop two or three deep; each level costs stack. */
export const MAX_GRAPH_DEPTH = 16;
/** Nodes over all graphs: a hundred times the largest public models. */
export const MAX_NODES = 2_000_000;
/** Stored tensors over all graphs. */
export const MAX_TENSORS = 1_000_000;
/** Inputs and outputs of one node; large Concats have hundreds. */
export const MAX_NODE_VALUES = 65_536;
/** Longest name; exporters put whole module paths into them. */
export const MAX_NAME_BYTES = 16_384;
/** Dimensions of a tensor; onnxruntime itself stops at far fewer. */
export const MAX_RANK = 64;
/** Elements of a tensor: beyond this a count is no exact integer, and no file holds it. */
export const MAX_ELEMENTS: number = 2 ** 48;
/** Largest attribute kept in memory (strings, lists of numbers); weights in attributes are tensors and are not. */
export const MAX_ATTRIBUTE_BYTES: number = 16 * 2 ** 20;
/** Elements of a tensor that is read as a whole. */
export const MAX_READ_ELEMENTS: number = 2 ** 30;
/** Location of external data: a file name, not a path of its own length. */
export const MAX_LOCATION_BYTES = 1024;
