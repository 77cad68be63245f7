import { bind, type BoundCommand } from "./command.js";
import { conclude } from "./commands/conclude.js";
import { customersAdd } from "./commands/customers-add.js";
import { evidenceDisclose, evidenceShow, evidenceVerify } from "./commands/evidence.js";
import { evidenceExcerpt } from "./commands/evidence-excerpt.js";
import { examine } from "./commands/examine.js";
import { gateway, gatewayCalibrate, gatewayCheck } from "./commands/gateway.js";
import { gatewayKeyAdd, gatewayKeyList, gatewayKeyRevoke, gatewayKeyRotate } from "./commands/gateway-key.js";
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
import { vaultAudit, vaultList, vaultRotate } from "./commands/vault.js";

/** Every command with its job. */
export const commands: readonly BoundCommand[] = [
  bind(keyNew, async () => (await import("./jobs/key-new.js")).keyNew),
  bind(shadows, async () => (await import("./jobs/shadows.js")).shadows),
  bind(keyGateway, async () => (await import("./jobs/key-gateway.js")).keyGateway),
  bind(customersAdd, async () => (await import("./jobs/customers-add.js")).customersAdd),
  bind(register, async () => (await import("./jobs/register.js")).register),
  bind(secretAdd, async () => (await import("./jobs/secret-add.js")).secretAdd),
  bind(secretList, async () => (await import("./jobs/secret-list.js")).secretList),
  bind(secretVerify, async () => (await import("./jobs/secret-verify.js")).secretVerify),
  bind(secretExport, async () => (await import("./jobs/secret-export.js")).secretExport),
  bind(termsAdd, async () => (await import("./jobs/terms-add.js")).termsAdd),
  bind(termsList, async () => (await import("./jobs/terms-list.js")).termsList),
  bind(mark, async () => (await import("./jobs/mark.js")).mark),
  bind(plan, async () => (await import("./jobs/plan.js")).plan),
  bind(examine, async () => (await import("./jobs/examine.js")).examine),
  bind(observe, async () => (await import("./jobs/observe.js")).observe),
  bind(conclude, async () => (await import("./jobs/conclude.js")).conclude),
  bind(trace, async () => (await import("./jobs/trace.js")).trace),
  bind(vaultAdd, async () => (await import("./jobs/vault-add.js")).vaultAdd),
  bind(vaultGet, async () => (await import("./jobs/vault-get.js")).vaultGet),
  bind(vaultList, async () => (await import("./jobs/vault-list.js")).vaultList),
  bind(vaultRotate, async () => (await import("./jobs/vault-rotate.js")).vaultRotate),
  bind(vaultAudit, async () => (await import("./jobs/vault-audit.js")).vaultAudit),
  bind(evidenceVerify, async () => (await import("./jobs/evidence-verify.js")).evidenceVerify),
  bind(evidenceShow, async () => (await import("./jobs/evidence-show.js")).evidenceShow),
  bind(evidenceExcerpt, async () => (await import("./jobs/evidence-excerpt.js")).evidenceExcerpt),
  bind(gateway, async () => (await import("./jobs/gateway.js")).serveGateway),
  bind(gatewayCalibrate, async () => (await import("./jobs/gateway.js")).callGateway),
  bind(gatewayCheck, async () => (await import("./jobs/gateway.js")).callGateway),
  bind(gatewayKeyAdd, async () => (await import("./jobs/gateway.js")).callGateway),
  bind(gatewayKeyList, async () => (await import("./jobs/gateway.js")).callGateway),
  bind(gatewayKeyRotate, async () => (await import("./jobs/gateway.js")).callGateway),
  bind(gatewayKeyRevoke, async () => (await import("./jobs/gateway.js")).callGateway),
  bind(evidenceDisclose, async () => (await import("./jobs/evidence-disclose.js")).evidenceDisclose),
];
