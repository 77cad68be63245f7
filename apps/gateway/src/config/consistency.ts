import type { z } from "zod";
import type { GatewayConfig } from "./config.js";

/** What no single part of a configuration shows: parts that speak of one another. */
export function requireConsistency(config: GatewayConfig, context: z.RefinementCtx): void {
  const complain = (path: readonly (string | number)[], message: string): void =>
    context.addIssue({ code: "custom", path: [...path], message });
  const { models, limits, terms } = config;
  const names = models.map(({ name }) => name);
  for (const [i, name] of names.entries())
    if (names.indexOf(name) !== i)
      complain(["models", i, "name"], `is the name of models[${names.indexOf(name)}] too`);

  const logs = models.map(({ marking }) => marking?.logged ?? null);
  for (const [i, log] of logs.entries())
    if (log !== null && logs.indexOf(log) !== i)
      complain(["models", i, "marking", "logged"], "is the query log of another model: each has its own");

  for (const [i, { model }] of (limits?.rules ?? []).entries())
    if (model !== null && model !== "*" && !names.includes(model))
      complain(["limits", "rules", i, "model"], `is ${model}, which is not among the models`);

  if (terms === null) return;
  const registrations = models.flatMap(({ marking }) =>
    marking?.customers == null ? [] : marking.registration,
  );
  if (registrations.length === 0)
    complain(["terms"], "needs a model whose marking has customers: they are who accepts terms");
  if (new Set(registrations).size > 1)
    complain(["terms"], "needs customers of one registration: its owner is who signs the terms");
}
