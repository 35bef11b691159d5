/** Whether push notifications can be sent: by the form of the credentials, and by what Firebase says of them. */
import type { AccountVerdict } from "../../../src/push/check-account.ts";
import { JSON_FILE } from "../../../src/push/service-account.ts";
import { type Health, healthy, unhealthy, waiting } from "../common/problem.ts";
import type { Scope } from "../common/scope.ts";
import { pushAccount } from "./account.ts";

/** Reasons that come from an answer of Firebase. */
const answered = ["Configured", "CredentialsRefused", "PermissionDenied", "Unreachable"];

export function pushStatus(scope: Scope): Health {
  const { namespace } = scope;
  const name = scope.spec.push?.secretRef.name;
  const create = (secret: string) =>
    `kubectl -n ${namespace} create secret generic ${secret} --from-file=${JSON_FILE}`;
  if (name === undefined)
    return unhealthy({
      reason: "NotConfigured",
      message: `push is off: to turn it on, put a Firebase service account into a Secret (${create("my-push")}) and name it in spec.push.secretRef`,
      progress: true,
    });
  if (!scope.observed.secrets.has(name))
    return unhealthy({
      reason: "SecretMissing",
      message: `The Secret "${name}" is not there. Create it: ${create(name)}`,
    });
  const replace = `${create(name)} --dry-run=client -o yaml | kubectl apply -f -`;
  const { account, problem } = pushAccount(scope);
  if (!account)
    return unhealthy({
      reason: "SecretInvalid",
      message: `The Secret "${name}" of spec.push is not usable: ${problem}. Take the file that the Firebase console gives for a service account: ${replace}`,
    });
  const { push } = scope.observed;
  if (push) return judge(push, { name, project: account.projectId, replace });
  const before = scope.cluster.status?.conditions.find(({ type }) => type === "PushConfigured");
  // Until it has answered, its last answer is what people should read.
  if (before && answered.includes(before.reason)) return before;
  return waiting(
    "Checking",
    `Firebase is being asked whether it takes the credentials of the Secret "${name}"`,
  );
}

function judge(
  verdict: AccountVerdict,
  { name, project, replace }: { name: string; project: string; replace: string },
): Health {
  switch (verdict.kind) {
    case "accepted":
      return healthy("Configured", `Push notifications are sent for the Firebase project "${project}"`);
    case "refused":
      return unhealthy({
        reason: "CredentialsRefused",
        message:
          `Firebase refuses the credentials of the Secret "${name}" (${verdict.code}): the key was deleted, the account is ` +
          "disabled, or the nodes' clocks are wrong. Generate a new private key (Firebase console, Project settings, " +
          `Service accounts) and replace it: ${replace}`,
      });
    case "denied":
      return unhealthy({
        reason: "PermissionDenied",
        message:
          `The account in the Secret "${name}" may not send for the Firebase project "${project}" (${verdict.code}): see that the ` +
          `project's id is right, enable the Firebase Cloud Messaging API for it (gcloud services enable fcm.googleapis.com ` +
          `--project ${project}), and give the account the role roles/firebasecloudmessaging.admin. It is asked again by itself`,
      });
    case "unreachable":
      return {
        status: "Unknown",
        reason: "Unreachable",
        message:
          `Firebase could not be asked whether it takes the credentials of the Secret "${name}" (${verdict.code}): let operator and ` +
          "workers out to fcm.googleapis.com and oauth2.googleapis.com, TCP 443, without an HTTP proxy. It is asked again by itself",
      };
  }
}
