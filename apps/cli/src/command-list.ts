import { bind, type BoundCommand } from "./command.js";
import { conclude } from "./commands/conclude.js";
import { customersAdd } from "./commands/customers-add.js";
import { evidenceDisclose, evidenceShow, evidenceVerify } from "./commands/evidence.js";
import { evidenceExcerpt } from "./commands/evidence-excerpt.js";
import { examine } from "./commands/examine.js";
import { gateway, gatewayCalibrate, gatewayCheck } from "./commands/gateway.js";
import { gatewayKeyAdd, gatewayKeyList, gatewayKeyRevoke, gatewayKeyRotate } from "./commands/gateway-key.js";
import { inspect } from "./commands/inspect.js";
import { keyGateway } from "./commands/key-gateway.js";
import { keyNew } from "./commands/key-new.js";
import { mark } from "./commands/mark.js";
import { observe } from "./commands/observe.js";
import { plan } from "./commands/plan.js";
import { register } from "./commands/register.js";
import { secretAdd } from "./commands/secret-add.js";
import { secretExport, secretList, secretVerify } from "./commands/secret.js";
import { shadows } from "./commands/shadows.js";
import { termsAdd, termsList } from "./commands/terms.js";
import { trace } from "./commands/trace.js";
import { vaultAdd } from "./commands/vault-add.js";
import { vaultGet } from "./commands/vault-get.js";
import { vaultAudit, vaultList, vaultRotate, vaultWithdraw } from "./commands/vault.js";
import {
  verifier,
  verifierBackup,
  verifierRestore,
  verifierRotateKey,
  verifierTicket,
} from "./commands/verifier.js";

/** Every command with its job. */
export const commands: readonly BoundCommand[] = [
  bind(keyNew, async () => (await import("@indicia/operations/key-new")).keyNew),
  bind(shadows, async () => (await import("@indicia/operations/shadows")).shadows),
  bind(keyGateway, async () => (await import("@indicia/operations/key-gateway")).keyGateway),
  bind(customersAdd, async () => (await import("@indicia/operations/customers-add")).customersAdd),
  bind(register, async () => (await import("@indicia/operations/register")).register),
  bind(secretAdd, async () => (await import("@indicia/operations/secret-add")).secretAdd),
  bind(secretList, async () => (await import("@indicia/operations/secret-list")).secretList),
  bind(secretVerify, async () => (await import("@indicia/operations/secret-verify")).secretVerify),
  bind(secretExport, async () => (await import("@indicia/operations/secret-export")).secretExport),
  bind(termsAdd, async () => (await import("@indicia/operations/terms-add")).termsAdd),
  bind(termsList, async () => (await import("@indicia/operations/terms-list")).termsList),
  bind(mark, async () => (await import("@indicia/operations/mark")).mark),
  bind(plan, async () => (await import("@indicia/operations/plan")).plan),
  bind(inspect, async () => (await import("@indicia/operations/inspect")).inspect),
  bind(examine, async () => (await import("@indicia/operations/examine")).examine),
  bind(observe, async () => (await import("@indicia/operations/observe")).observe),
  bind(conclude, async () => (await import("@indicia/operations/conclude")).conclude),
  bind(trace, async () => (await import("@indicia/operations/trace")).trace),
  bind(vaultAdd, async () => (await import("@indicia/operations/vault-add")).vaultAdd),
  bind(vaultGet, async () => (await import("@indicia/operations/vault-get")).vaultGet),
  bind(vaultWithdraw, async () => (await import("@indicia/operations/vault-withdraw")).vaultWithdraw),
  bind(vaultList, async () => (await import("@indicia/operations/vault-list")).vaultList),
  bind(vaultRotate, async () => (await import("@indicia/operations/vault-rotate")).vaultRotate),
  bind(vaultAudit, async () => (await import("@indicia/operations/vault-audit")).vaultAudit),
  bind(evidenceVerify, async () => (await import("@indicia/operations/evidence-verify")).evidenceVerify),
  bind(evidenceShow, async () => (await import("@indicia/operations/evidence-show")).evidenceShow),
  bind(evidenceExcerpt, async () => (await import("@indicia/operations/evidence-excerpt")).evidenceExcerpt),
  bind(gateway, async () => (await import("./jobs/gateway.js")).serveGateway),
  bind(gatewayCalibrate, async () => (await import("./jobs/gateway.js")).callGateway),
  bind(gatewayCheck, async () => (await import("./jobs/gateway.js")).callGateway),
  bind(gatewayKeyAdd, async () => (await import("./jobs/gateway.js")).callGateway),
  bind(gatewayKeyList, async () => (await import("./jobs/gateway.js")).callGateway),
  bind(gatewayKeyRotate, async () => (await import("./jobs/gateway.js")).callGateway),
  bind(gatewayKeyRevoke, async () => (await import("./jobs/gateway.js")).callGateway),
  bind(verifier, async () => (await import("./jobs/verifier.js")).serveVerifier),
  bind(verifierBackup, async () => (await import("./jobs/verifier.js")).callVerifier),
  bind(verifierRestore, async () => (await import("./jobs/verifier.js")).callVerifier),
  bind(verifierRotateKey, async () => (await import("./jobs/verifier.js")).callVerifier),
  bind(verifierTicket, async () => (await import("./jobs/verifier.js")).callVerifier),
  bind(
    evidenceDisclose,
    async () => (await import("@indicia/operations/evidence-disclose")).evidenceDisclose,
  ),
];
