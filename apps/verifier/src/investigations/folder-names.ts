/** Names inside the folder of an investigation. */
export const OBSERVATION_FOLDER = "observation";
export const CONCLUSION_FILE = "conclusion.json";
export const EVIDENCE_FILE = "evidence.zip";
/** Histogram of the decoys, made when findings are first asked for. */
export const DECOYS_FILE = "decoys.json";
