import path from "node:path";
import { refuseExisting } from "@indicia/core/folder";
import { gatewayKeys } from "@indicia/core/gateway-keys";
import { type MarkReport, markModel } from "@indicia/core/mark";
import { commitOfCopy } from "@indicia/core/payload-commitment";
import { readPayload, readRegisteredRows, REGISTRATION_FILES } from "@indicia/core/registration-folder";
import { registeredSeed } from "@indicia/core/registration-keys";
import type { Registration } from "@indicia/core/registration";
import { toBase64 } from "@indicia/evidence/base64";
import { writeDurably } from "@indicia/evidence/durable-file";
import { signModel } from "@indicia/evidence/model-signature";
import { openChain } from "@indicia/evidence/chain-file";
import { GATEWAY_SUB_KEY } from "@indicia/proof/customer-keys";
import type { Context, Job } from "./context.js";
import { counted } from "./counted.js";
import { readKeyFile } from "./key-file.js";
import { anchoredRegistration } from "./anchored-registration.js";
import { MAX_PAYLOAD_BYTES } from "./defaults.js";
import { readRegister, requireCustomer } from "./customer-register.js";
import { identify, npzRows, stages, withModel } from "./load.js";
import type { MarkOptions } from "./options.js";
import { signerSeeds } from "./signer-seeds.js";
import { requireReferenceFiles } from "./require-reference.js";

/** The sub-key that marks what is released; further ones are kept for customers, gateways and disputes. */
export const RELEASE_SUB_KEY = 0;

/** `indicia mark`: write a marked copy of the registered model, and note it in the registration. */
export const mark: Job<MarkOptions> = async (options, context) => {
  const started = performance.now();
  refuseExisting(options.out);
  const signatureFile = `${options.out}.sig`;
  refuseExisting(signatureFile);
  const registration = await anchoredRegistration(options.registration, options.rounds, context);
  const ownerKey = await readKeyFile(options.key, context);
  const seed = registeredSeed(registration, ownerKey, RELEASE_SUB_KEY);
  const calibration = await readRegisteredRows(options.registration, registration, "calibration", npzRows);
  const customer = await customerOf(options, registration, ownerKey);
  const payload = options.payload ?? customer?.payload ?? (await readPayload(options.registration));
  const report = await withModel(options.model, async (model) => {
    const progress = stages(context);
    try {
      return await markModel({
        model,
        modelPath: options.model,
        registration,
        seed,
        ...(customer === null ? {} : { readoutSeed: customer.seed }),
        calibration,
        weights: options.weights,
        readout: options.readout,
        labelBudget: options.labelBudget,
        payload,
        out: options.out,
        verify: async () =>
          requireReferenceFiles(registration, await identify(options.model, model, context.signal)),
        signal: context.signal,
        onProgress: progress.report,
      });
    } finally {
      progress.done();
    }
  });
  const copy = { name: path.basename(options.out), sha256: report.sha256 };
  const signature = signModel(copy, signerSeeds(ownerKey).p256);
  await writeDurably(signatureFile, signature);
  await noteMark(options, { registration, ownerKey, report, signature, clock: context.now });
  const seconds = (performance.now() - started) / 1000;
  tell(context, options, report);
  return { exitCode: 0, report: { out: options.out, signature: signatureFile, ...report, seconds } };
};

/** The read-out mark of a customer's copy is his own; its weights carry the release mark, with his id as their payload. */
async function customerOf(
  { customer, registration: folder, weights }: MarkOptions,
  registration: Registration,
  ownerKey: Uint8Array,
): Promise<{ readonly seed: Uint8Array; readonly payload: string | null } | null> {
  if (customer === null) return null;
  const keys = gatewayKeys(registration, ownerKey);
  requireCustomer(await readRegister(customer.register, folder, registration), customer.id, keys);
  const fits = weights !== "off" && Buffer.byteLength(customer.id) <= MAX_PAYLOAD_BYTES;
  return { seed: keys.customer(customer.id), payload: fits ? customer.id : null };
}

async function noteMark(
  options: MarkOptions,
  made: {
    readonly registration: Registration;
    readonly ownerKey: Uint8Array;
    readonly report: MarkReport;
    readonly signature: Uint8Array;
    readonly clock: () => Date;
  },
): Promise<void> {
  const { registration, ownerKey, report, signature, clock } = made;
  const committed = (what: "payload" | "customer", text: string): string =>
    commitOfCopy(ownerKey, report.sha256, what, text);
  const file = path.join(options.registration, REGISTRATION_FILES.marks);
  const chain = await openChain(file, { kind: "marks", clock });
  try {
    await chain.append("mark", {
      registration: registration.commitment,
      copy: report.sha256,
      subKey: RELEASE_SUB_KEY,
      weights: report.marks.weights?.strength ?? null,
      readout: report.marks.readout?.strength ?? null,
      payload: report.payload === null ? null : committed("payload", report.payload),
      signature: toBase64(signature),
      ...(options.customer === null
        ? {}
        : { customer: committed("customer", options.customer.id), readoutSubKey: GATEWAY_SUB_KEY }),
    });
  } finally {
    await chain.close();
  }
}

function tell(context: Context, options: MarkOptions, { marks, distortion, notes }: MarkReport): void {
  const { weights, readout } = marks;
  const placed = [
    weights === null
      ? null
      : `weights at ${percent(weights.strength)} of a row's deviation, ${weights.weights} of them in ${counted(weights.tensors, "tensor")}`,
    readout === null
      ? null
      : `read-out at ${readout.strength.toPrecision(3)} logits over ${counted(readout.dimensions, "direction")}`,
  ].filter((part) => part !== null);
  context.say(`Marked ${options.out}: ${placed.join("; ")}.`);
  context.say(`Its signature, for OpenSSF model signing, is ${options.out}.sig.`);
  context.say(
    `On ${counted(distortion.rows, distortion.random ? "random row" : "calibration row")} ${counted(distortion.labelsChanged, "label")} changed ` +
      `(at most ${percent(distortion.labelsChangedUpper95)} with 95 % confidence).`,
  );
  for (const note of notes) context.say(`Note: ${note}.`);
}

function percent(share: number): string {
  return `${(100 * share).toPrecision(2)} %`;
}
