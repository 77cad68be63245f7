import type { z } from "zod";
import type { GatewayConfig } from "./config.js";

/** What no single part of a configuration shows: parts that speak of one another. */
export function requireConsistency(config: GatewayConfig, context: z.RefinementCtx): void {
  const complain = (path: readonly (string | number)[], message: string): void =>
    context.addIssue({ code: "custom", path: [...path], message });
  const { models, limits, terms, access, ops } = config;
  const names = models.map(({ name }) => name);
  for (const [i, name] of names.entries())
    if (names.indexOf(name) !== i)
      complain(["models", i, "name"], `is the name of models[${names.indexOf(name)}] too`);

  const logs = models.map(({ marking, logged }) => marking?.logged ?? logged);
  for (const [i, log] of logs.entries())
    if (log !== null && logs.indexOf(log) !== i)
      complain(["models", i, "logged"], "is the query log of another model: each has its own");

  const states = models.map(({ monitor }) => monitor?.state ?? null);
  for (const [i, state] of states.entries())
    if (state !== null && states.indexOf(state) !== i)
      complain(["models", i, "monitor", "state"], "is that of another model: each has its own");

  for (const [i, { model }] of (limits?.rules ?? []).entries())
    if (model !== null && model !== "*" && !names.includes(model))
      complain(["limits", "rules", i, "model"], `is ${model}, which is not among the models`);

  for (const [i, { marking, logged }] of models.entries()) {
    if (logged === null) continue;
    if (marking !== null)
      complain(["models", i, "logged"], "belongs into the marking of a model that is marked");
    else if (config.log.sealed)
      complain(["models", i, "logged"], "has no gateway key to seal it under: give log.recipients");
  }

  for (const [i, { source, marking, monitor, perturbation }] of models.entries()) {
    if (
      source.kind === "upstream" &&
      marking !== null &&
      (marking.logged === null || marking.strength !== null)
    )
      complain(
        ["models", i, "marking"],
        "is of an endpoint, whose features are out of reach: only logged, without strength",
      );
    if (source.kind === "vault" && config.vault === null)
      complain(["models", i, "vault"], "is a model of a vault, and no vault is configured");
    if (perturbation !== null && perturbation.secret === null && marking === null)
      complain(
        ["models", i, "perturbation"],
        "needs a secret, or a marking from whose gateway key one is derived",
      );
    if (monitor !== null && monitor.webhook === null && monitor.actions.includes("alert"))
      complain(["models", i, "monitor", "actions"], "has alert, and there is no webhook");
    if (monitor?.actions.includes("perturb") === true && perturbation === null)
      complain(["models", i, "monitor", "actions"], "has perturb, and there is no perturbation");
    if (perturbation?.unusual != null && monitor?.actions.includes("perturb") !== true)
      complain(["models", i, "perturbation"], "has unusual, and no monitor with perturb tells what is");
  }

  if (ops.admin !== null && ops.metrics === null)
    complain(["ops", "admin"], "needs metrics: the page is served on their address");
  if (ops.admin !== null && access?.keys == null)
    complain(["ops", "admin"], "needs access.keys: a key of that file opens the page");

  if (terms === null) return;
  const registrations = models.flatMap(({ marking }) =>
    marking?.customers == null ? [] : marking.registration,
  );
  if (registrations.length === 0)
    complain(["terms"], "needs a model whose marking has customers: they are who accepts terms");
  if (new Set(registrations).size > 1)
    complain(["terms"], "needs customers of one registration: its owner is who signs the terms");
}
