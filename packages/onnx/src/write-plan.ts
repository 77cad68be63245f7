import { existsSync } from "node:fs";
import path from "node:path";
import type { Edit } from "./edit.js";
import { externalSource } from "./external.js";
import { graphSplices } from "./graph-splice.js";
import type { OnnxModel, TensorEntry } from "./model.js";
import { rawLocation } from "./read-tensor.js";
import type { ByteSource } from "./source.js";
import { type Splice, spliceBytes, withLengths } from "./splice.js";
import { rawSplice, type ValuesEdit, valuesSplices } from "./values-splice.js";
import { delimited } from "./wire.js";

/** Field number of StringStringEntryProto.value, where a location stands. */
const ENTRY_VALUE = 2;

/** A file to be written: a source with splices. */
export interface PlannedFile {
  readonly name: string;
  readonly target: string;
  readonly source: ByteSource;
  /** In order, lengths adjusted. */
  readonly splices: readonly Splice[];
}

/**
 * What writing a model with edits comes to.
 *
 * @param reserved another folder in which the names of external files have to be free
 * @returns external files, and the .onnx file last
 * @throws OnnxError EDIT_UNSUPPORTED, and those of reading external data
 */
export function planWrite(
  model: OnnxModel,
  edits: readonly Edit[],
  out: string,
  reserved?: string,
): PlannedFile[] {
  const moves = externalMoves(model, edits, out, reserved);
  const splices = withLengths([...inlineSplices(model, edits), ...locationSplices(model, moves)]);
  return [
    ...moves.map(({ location, name, edited }) => ({
      name,
      target: path.join(path.dirname(out), name),
      source: externalSource(model, location),
      splices: withLengths(edited.map((edit) => externalSplice(model, edit))),
    })),
    { name: path.basename(out), target: out, source: model.source, splices },
  ];
}

/** Splices of the .onnx file itself, lengths not yet adjusted. */
export function inlineSplices(model: OnnxModel, edits: readonly Edit[]): Splice[] {
  return edits.flatMap((edit) => (edit.kind === "values" ? valuesSplices(model, edit) : graphSplices(edit)));
}

/** An external file that has to be written beside the new model, under its name there. */
interface Move {
  readonly location: string;
  readonly name: string;
  readonly edited: readonly ValuesEdit[];
}

function externalMoves(
  model: OnnxModel,
  edits: readonly Edit[],
  out: string,
  reserved: string | undefined,
): Move[] {
  const folder = path.resolve(path.dirname(out));
  const folders = reserved === undefined ? [folder] : [folder, reserved];
  const stays = model.directory !== null && path.resolve(model.directory) === folder;
  const taken = new Set<string>();
  return model.externalFiles.flatMap((location) => {
    const edited = edits.filter(
      (edit): edit is ValuesEdit =>
        edit.kind === "values" &&
        edit.tensor.storage.kind === "external" &&
        edit.tensor.storage.location === location,
    );
    if (stays && edited.length === 0) return [];
    const name = freshName(folders, path.basename(out), taken);
    taken.add(name);
    return [{ location, name, edited }];
  });
}

function freshName(folders: readonly string[], base: string, taken: ReadonlySet<string>): string {
  for (let i = 1; ; i++) {
    const name = i === 1 ? `${base}.data` : `${base}.${i}.data`;
    const free = folders.every((folder) => !existsSync(path.join(folder, name)));
    if (free && !taken.has(name)) return name;
  }
}

function externalSplice(model: OnnxModel, edit: ValuesEdit): Splice {
  const place = rawLocation(model, edit.tensor);
  if (place === null) throw new TypeError("an external tensor has a place in its file");
  return { ...rawSplice(place.source, place.range, 0, edit), enclosing: [] };
}

function locationSplices(model: OnnxModel, moves: readonly Move[]): Splice[] {
  const names = new Map(moves.map(({ location, name }) => [location, name]));
  const encoder = new TextEncoder();
  return model.tensors.flatMap(({ storage, locationRange }: TensorEntry) => {
    const name = storage.kind === "external" ? names.get(storage.location) : undefined;
    if (name === undefined || locationRange === null) return [];
    const { start, end, enclosing } = locationRange;
    return [spliceBytes(start, end, delimited(ENTRY_VALUE, encoder.encode(name)), enclosing)];
  });
}
