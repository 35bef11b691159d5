/** Who may sign in, and by which address the chat is reached. */
import * as z from "zod";
import {
  implies,
  objectName,
  requiredByRule,
  rules,
  secretKeyRef,
  text,
  textMap,
  verbatimObject,
} from "./fields.ts";

const httpUrl = text(/^https?:\/\/[^\s]+$/, "an address such as https://login.example.org/keys", 1024);
const hostname = text(
  /^([*][.])?[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  "a host name such as chat.example.org, without https://",
);

export const authSpec = z
  .object({
    secretRef: secretKeyRef("jwt-secret", "Secret with the key, of 32 characters or more.").optional().meta({
      description:
        "Secret with the key that signs Nexus' own access tokens, of 32 characters or more. Left out: the operator makes one, <name>-auth, once.",
    }),
    jwks: z
      .object({
        url: httpUrl.meta({ description: "Address of the provider's key set.", ...requiredByRule }),
        issuer: z
          .string()
          .min(1)
          .max(1024)
          .meta({ description: "The provider's `iss`.", ...requiredByRule }),
        audience: z
          .string()
          .min(1)
          .max(1024)
          .meta({ description: "The `aud` that is meant for this chat.", ...requiredByRule }),
      })
      .optional()
      .meta({
        description: "An identity provider whose tokens are accepted; its users are created at first sight.",
        ...rules({
          rule: "has(self.url) && has(self.issuer) && has(self.audience)",
          message:
            "jwks needs url, issuer and audience, all three: without issuer and audience a token for another service would be accepted",
          reason: "FieldValueRequired",
          chart: { required: ["url", "issuer", "audience"] },
        }),
      }),
    localAccounts: z
      .boolean()
      .default(true)
      .meta({ description: "Accounts with e-mail and password of Nexus itself." }),
  })
  .prefault({})
  .meta({
    description: "Who may sign in.",
    ...rules({
      rule: "self.localAccounts || has(self.jwks)",
      message: "nobody could sign in: set localAccounts: true, or name an identity provider in jwks",
      chart: implies(
        { properties: { localAccounts: { const: false } }, required: ["localAccounts"] },
        { required: ["jwks"] },
      ),
    }),
  });

export const ingressSpec = z
  .object({
    enabled: z.boolean().default(false).meta({ description: "Make an Ingress." }),
    host: hostname.optional().meta({ description: "Host name, for instance chat.example.org." }),
    className: z
      .string()
      .max(253)
      .optional()
      .meta({ description: "IngressClass; the cluster's default if left out." }),
    annotations: textMap("Annotations on the Ingress, for its controller or cert-manager."),
    tls: z
      .object({ secretName: objectName("Secret with the certificate (tls.crt, tls.key).") })
      .optional()
      .meta({ description: "HTTPS with a certificate from a Secret." }),
  })
  .prefault({})
  .meta({
    description: "The web address, by an Ingress.",
    ...rules({
      rule: "!self.enabled || has(self.host)",
      message: "an Ingress needs its host name: set host, for instance chat.example.org",
      reason: "FieldValueRequired",
      fieldPath: ".host",
      chart: implies(
        { properties: { enabled: { const: true } }, required: ["enabled"] },
        { required: ["host"] },
      ),
    }),
  });

export const httpRouteSpec = z
  .object({
    enabled: z
      .boolean()
      .default(false)
      .meta({ description: "Make an HTTPRoute; the cluster needs the Gateway API." }),
    parentRefs: z
      .array(verbatimObject("A Gateway: {name, namespace, sectionName}, as in an HTTPRoute."))
      .max(32)
      .default([])
      .meta({ description: "The Gateways that the route belongs to." }),
    hostnames: z.array(hostname).max(16).default([]).meta({ description: "Host names of the route." }),
  })
  .prefault({})
  .meta({
    description: "The web address, by an HTTPRoute of the Gateway API.",
    ...rules({
      rule: "!self.enabled || size(self.parentRefs) > 0",
      message:
        "an HTTPRoute needs its Gateway: set parentRefs, for instance [{name: my-gateway, namespace: infra}]",
      reason: "FieldValueRequired",
      fieldPath: ".parentRefs",
      chart: implies(
        { properties: { enabled: { const: true } }, required: ["enabled"] },
        { required: ["parentRefs"], properties: { parentRefs: { minItems: 1 } } },
      ),
    }),
  });
