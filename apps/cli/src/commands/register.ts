import { DRAND_CHAINS } from "@indicia/evidence/beacon-drand";
import type { CommandSpec } from "../command.js";
import { collect, type Flags, flag, isSet, optionalText, text, texts, usage } from "../flags.js";
import type { AnchorOptions, RegisterOptions } from "../jobs/options.js";
import { KEY_OPTION, keySource, PASSPHRASE_ENV_HELP, PASSPHRASE_ENV_OPTION, payload } from "../values.js";

const BEACONS = Object.keys(DRAND_CHAINS).join(", ");

/** What stands in where nobody has real inputs at hand. */
const DEFAULT_CALIBRATION = "random:256";

export const register: CommandSpec<RegisterOptions> = {
  name: "register",
  summary: "fix what must be fixed before a mark is made: key commitment, reference, basis, data",
  example: "indicia register model.onnx --key owner.key --calibration inputs.npz --out registration",
  declare: (command) =>
    command
      .argument("<model>", "the unmarked .onnx file")
      .requiredOption(KEY_OPTION, "owner key")
      .option(PASSPHRASE_ENV_OPTION, PASSPHRASE_ENV_HELP)
      .requiredOption("--out <folder>", "registration to make")
      .option(
        "--calibration <data>",
        `.npy, .npz, .pb folder, .csv or random:N (default: ${DEFAULT_CALIBRATION})`,
      )
      .option("--pool <data>", "inputs that probes are drawn from (default: the calibration data)")
      .option("--shadows <folder>", "students of the model, as `indicia shadows` makes them")
      .option("--payload <text>", "text of at most 32 bytes to commit to")
      .option("--owner <name>", "who claims the model")
      .option("--tsa <url>", "RFC 3161 authority that dates the registration; may be repeated", collect)
      .option("--qualified-tsa <url>", "the same, an authority that you know to be qualified", collect)
      .option("--tsa-ca <pem>", "root to which the authorities lead; may be repeated", collect)
      .option("--tsa-policy <oid>", "policy to ask the authorities for")
      .option("--beacon <chain>", `salt the carrier by a later round: ${BEACONS}, or a chain's description`)
      .option("--allow-private", "allow authorities in your own network"),
  read([model = ""], flags) {
    const calibration = optionalText(flags, "calibration");
    return {
      model,
      key: keySource(flags),
      out: text(flags, "out"),
      calibration: calibration ?? DEFAULT_CALIBRATION,
      calibrationIsDefault: calibration === null,
      pool: optionalText(flags, "pool"),
      shadows: optionalText(flags, "shadows"),
      payload: payload(flags),
      owner: optionalText(flags, "owner"),
      anchor: readAnchor(flags),
    };
  },
};

function readAnchor(flags: Flags): AnchorOptions {
  const authorities = [...authoritiesOf(flags, "tsa", false), ...authoritiesOf(flags, "qualifiedTsa", true)];
  const roots = texts(flags, "tsaCa");
  const policy = optionalText(flags, "tsaPolicy");
  if (authorities.length === 0 && (roots.length > 0 || policy !== null))
    throw usage("--tsa-ca and --tsa-policy belong to --tsa, which is missing");
  if (policy !== null && !/^[0-2](\.\d{1,12}){1,30}$/.test(policy))
    throw usage("--tsa-policy takes an object identifier such as 1.2.3.4");
  const beacon = optionalText(flags, "beacon");
  return { authorities, roots, policy, beacon, allowPrivate: isSet(flags, "allowPrivate") };
}

function authoritiesOf(flags: Flags, name: string, qualified: boolean): AnchorOptions["authorities"] {
  return texts(flags, name).map((given) => {
    const url = URL.canParse(given) ? new URL(given) : null;
    if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
      throw usage(`${flag(name)} takes an http(s) address without a password`);
    return { url, qualified };
  });
}
