import type { Tensor } from "@indicia/onnx/tensor";
import type { Context } from "hono";
import { BadRequest } from "./bad-request.js";
import { callerOf } from "./caller.js";
import type { ServedModel } from "./defences/defence.js";
import { requireFinite } from "./finite.js";
import { notesOf } from "./ops/notes.js";
import { answer, enter } from "./pipeline.js";
import type { Models, Served } from "./serving/models.js";

/** A request as a protocol of ours reads it. */
export interface Decoded {
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly rows: number;
  /** Outputs asked for, or null for all. */
  readonly outputs: readonly string[] | null;
}

/**
 * What every inference route does: let the defences look at the call, read it, answer it, write the answer.
 *
 * @param decode reads the body. @throws BadRequest
 * @throws Refusal, BadRequest; Error with a code INPUT_* for what the model does not take
 */
export function inferRoute<Request extends Decoded>(
  models: Models,
  decode: (c: Context, body: Uint8Array, model: ServedModel) => Request,
  encode: (
    c: Context,
    request: Request,
    outputs: Readonly<Record<string, Tensor>>,
    model: ServedModel,
  ) => Response,
): (c: Context) => Promise<Response> {
  return async (c) => {
    const served = modelOf(models, c);
    return models.using(served, async () => {
      const { model, defences } = served;
      const caller = callerOf(c, model.name, "infer");
      await enter(defences, caller);
      const request = decode(c, new Uint8Array(await c.req.arrayBuffer()), model);
      requireFinite(request.feeds);
      const { feeds, rows } = request;
      const question = { feeds, rows, outputs: wanted(model, request) };
      const response = await answer(served, caller, question, (shown) => encode(c, request, shown, model));
      const notes = notesOf(c);
      if (notes !== null) notes.rows = rows;
      return response;
    });
  };
}

/** @throws BadRequest 404 */
export function modelOf(models: Models, c: Context): Served {
  const name = c.req.param("name") ?? "";
  const version = c.req.param("version");
  const served = models.find(name);
  if (served === null) throw new BadRequest(`there is no model "${name.slice(0, 100)}"`, 404);
  if (version !== undefined && version !== served.model.version)
    throw new BadRequest(`the model has no version "${version.slice(0, 100)}"`, 404);
  return served;
}

function wanted(model: ServedModel, { outputs }: Decoded): readonly string[] {
  const known = model.outputs.map(({ name }) => name);
  const unknown = outputs?.find((output) => !known.includes(output));
  if (unknown !== undefined) throw new BadRequest(`there is no output "${unknown}"`);
  return outputs === null || outputs.length === 0 ? known : outputs;
}
