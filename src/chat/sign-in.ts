import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import type { Session } from "../protocol/user.ts";
import { request } from "./http.ts";

/** Signs in with a password. @throws Refused for a wrong one, another error when the server cannot be reached. */
export function signIn(url: string, email: string, password: string): Promise<Session> {
  return request<Session>(url, "POST", "/auth/login", { body: { email, password } });
}

/** Asks for a password on the terminal without showing it. Rejects when there is no terminal or no answer. */
export function askPassword(email: string): Promise<string> {
  if (!process.stdin.isTTY) throw new Error(`give the password of ${email} with --password`);
  process.stdout.write(`Password of ${email}: `);
  // readline edits the line, but what it would show goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once("SIGINT", () => lines.close());
    lines.once("close", () => {
      process.stdout.write("\n");
      reject(new Error("no password, no chat"));
    });
    lines.once("line", (password) => {
      resolve(password);
      lines.close();
    });
  });
}
