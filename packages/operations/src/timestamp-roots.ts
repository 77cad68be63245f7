import { readFile } from "node:fs/promises";
import { certificatesOfPem, type ReadCertificate } from "@indicia/evidence/x509-certificate";

/** Certificates of PEM files. @throws EvidenceError CERTIFICATE_MALFORMED */
export async function readRoots(files: readonly string[]): Promise<ReadCertificate[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return texts.flatMap((text) => certificatesOfPem(text));
}
