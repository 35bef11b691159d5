import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { errorKinds, Problem } from "../../protocol/errors.ts";
import { tidyOpenApi } from "./tidy-openapi.ts";

const ProblemSchema = Problem.meta({
  id: "Problem",
  description: "RFC 9457 problem document; `code` is one of a closed catalogue and tells what to do",
});

const problems = {
  content: { "application/problem+json": { schema: ProblemSchema } },
};

/** What any route may answer with besides its own: clients go by `code`. */
const failures = {
  "4xx": { description: describe((status) => status < 500), ...problems },
  "5xx": { description: describe((status) => status >= 500), ...problems },
};

function describe(select: (status: number) => boolean): string {
  return Object.entries(errorKinds)
    .filter(([, { status }]) => select(status))
    .map(([code, { status, title }]) => `${status} \`${code}\` ${title}`)
    .join("; ");
}

const introduction = `REST interface of Nexus. Messages flow over the socket (Socket.IO v4, namespace \`/ws\`);
everything can be done here as well. Errors are RFC 9457 problem documents with a \`code\`. Times are ISO 8601 UTC;
order is given by \`seq\` and \`version\`, never by times. Lists are arrays; they take \`limit\` and \`before\`/\`after\` or
\`cursor\`, and where there is more say so in \`Link: <…>; rel="next"\`.`;

/** Serves GET /openapi.json, made from the routes' schemas, and GET /docs, readable and without any CDN. */
export async function serveOpenApi(app: FastifyInstance): Promise<void> {
  app.addHook("onRoute", (route) => {
    if (route.schema?.hide || route.schema?.response === undefined) return;
    route.schema = { ...route.schema, response: { ...route.schema.response, ...failures } };
  });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Nexus", version: "1", description: introduction, license: { name: "Apache-2.0" } },
      servers: [{ url: "/" }],
      tags: [
        { name: "identity", description: "Accounts, sessions, users, devices" },
        { name: "messages", description: "Sending, history, changes" },
        { name: "conversations", description: "Conversations and their participants" },
        { name: "attachments", description: "Files of messages" },
        { name: "sync", description: "Catching up: complete, or `limited` with a cursor" },
        { name: "operation", description: "Probes" },
      ],
      components: {
        securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => tidyOpenApi(jsonSchemaTransformObject(document)),
  });
  app.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    // "Try it out" calls this gateway; styles are inline in the page that Swagger UI draws.
    staticCSP:
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    uiConfig: { validatorUrl: null, docExpansion: "list", persistAuthorization: false, deepLinking: true },
    theme: { title: "Nexus: REST" },
  });
}
