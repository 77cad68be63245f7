/** How each part of the gateway's own command line is called. */
export const USAGES: Readonly<Record<"check" | "calibrate" | "key" | "config" | "short", string>> = {
  check: "indicia-gateway check --config FILE [--data DATA] [--json]",
  calibrate:
    "indicia-gateway calibrate --model FILE --data DATA --out FILE [--sources FILE] [--space features|inputs] [--horizon 5000] [--level 0.001] [--busiest ROWS] [--json]",
  config: "indicia-gateway --config FILE",
  key:
    "indicia-gateway key add --keys FILE --account NAME --scope MODEL:ACTION... [--organisation NAME] [--customer ID] [--expires DATE] [--config FILE] | " +
    "key list --keys FILE | key rotate ID --keys FILE [--overlap-hours 24] [--expires DATE] | key revoke ID --keys FILE; each [--json]",
  short:
    "indicia-gateway --model FILE [--name NAME] [--port 0] [--host 127.0.0.1] [--output full|round:N|top-k:K|labels] " +
    "[--registration FOLDER --gateway-key FILE [--customers FILE] [--logged FOLDER] [--customer-strength 0.1] [--tilt 0.05]] " +
    "[--terms FILE --acceptances FILE [--terms-version NAME] [--terms-optional] [--record-address]]",
};
