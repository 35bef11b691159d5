import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import * as z from "zod";
import { registerDevice, unregisterDevice } from "../../identity/devices.ts";
import { findUsers, getProfile, updateProfile } from "../../identity/profile.ts";
import { text } from "../../protocol/primitives.ts";
import { DeviceRegistration, DeviceUnregistration, User, UserPatch } from "../../protocol/user.ts";
import type { Sql } from "../../store/client.ts";
import { limit, nextLink } from "./pages.ts";

const tags = ["identity"];

const UserQuery = z.object({
  q: text(320, 1).describe("the beginning of a name, or a whole e-mail address; case does not matter"),
  limit,
  cursor: z.string().max(2048).optional().describe("of the page before"),
});

/** GET and PATCH /users/me, GET /users?q=, POST /users/fcm/register and /users/fcm/unregister. */
export function userRoutes(scope: FastifyInstance, { sql }: { sql: Sql }): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.get(
    "/users/me",
    { schema: { tags, summary: "One's own profile", operationId: "getProfile", response: { 200: User } } },
    async (request) => getProfile(sql, request.userId),
  );
  app.patch(
    "/users/me",
    {
      schema: {
        tags,
        summary: "Change one's own name or picture",
        operationId: "updateProfile",
        body: UserPatch,
        response: { 200: User },
      },
    },
    async (request) => updateProfile(sql, request.userId, request.body),
  );
  app.get(
    "/users",
    {
      schema: {
        tags,
        summary: "Find users by the beginning of their name or by their e-mail address",
        description: "An e-mail address is shown only to who searched for exactly it.",
        operationId: "findUsers",
        querystring: UserQuery,
        response: { 200: z.array(User) },
      },
    },
    async (request, reply) => {
      const { users, cursor } = await findUsers(sql, request.userId, request.query);
      if (cursor) reply.header("link", nextLink("/users", { ...request.query, cursor }));
      return users;
    },
  );
  app.post(
    "/users/fcm/register",
    {
      schema: {
        tags,
        summary: "Push to this device; a token that another user had is theirs no longer",
        operationId: "registerDevice",
        body: DeviceRegistration,
        response: { 200: User },
      },
    },
    async (request) => registerDevice(sql, request.userId, request.body),
  );
  app.post(
    "/users/fcm/unregister",
    {
      schema: {
        tags,
        summary: "Push to this device no longer",
        operationId: "unregisterDevice",
        body: DeviceUnregistration,
        response: { 200: User },
      },
    },
    async (request) => unregisterDevice(sql, request.userId, request.body),
  );
}
