import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import * as z from "zod";
import type { Identity } from "../../identity/identity.ts";
import { login } from "../../identity/login.ts";
import { logout } from "../../identity/logout.ts";
import { refresh } from "../../identity/refresh.ts";
import { register } from "../../identity/register.ts";
import { Credentials, RefreshRequest, Registration, Session } from "../../protocol/user.ts";

const tags = ["identity"];

/** POST /auth/register, /auth/login, /auth/refresh, /auth/logout. */
export function authRoutes(scope: FastifyInstance, { accounts }: Pick<Identity, "accounts">): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.post(
    "/auth/register",
    {
      schema: {
        tags,
        summary: "Create an account and sign in",
        operationId: "register",
        body: Registration,
        response: { 201: Session },
      },
    },
    async (request, reply) => reply.code(201).send(await register(accounts, request.body)),
  );
  app.post(
    "/auth/login",
    {
      schema: {
        tags,
        summary: "Sign in",
        operationId: "login",
        body: Credentials,
        response: { 200: Session },
      },
    },
    async (request) => login(accounts, request.body, request.ip),
  );
  app.post(
    "/auth/refresh",
    {
      schema: {
        tags,
        summary: "Exchange a refresh token, which works once, for a new session",
        operationId: "refresh",
        body: RefreshRequest,
        response: { 200: Session },
      },
    },
    async (request) => refresh(accounts, request.body),
  );
  app.post(
    "/auth/logout",
    {
      schema: {
        tags,
        summary: "Revoke a refresh token and all that came of the same sign-in",
        operationId: "logout",
        body: RefreshRequest,
        response: { 204: z.undefined().describe("Signed out") },
      },
    },
    async (request, reply) => {
      await logout(accounts, request.body);
      return reply.code(204).send();
    },
  );
}
