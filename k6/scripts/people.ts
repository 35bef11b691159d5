/** People who sign up for a run, and the groups that they make. */
import { sleep } from "k6";
import http, { type Response } from "k6/http";
import type { Session } from "../../src/protocol/user.ts";

export interface Person {
  readonly id: string;
  readonly deviceId: string;
  /** Where it signed up. */
  readonly url: string;
  token: string;
  refreshToken: string;
}

const AT_ONCE = 6;
const ATTEMPTS = 5;

function json(token?: string) {
  return {
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    timeout: "30s",
    // Not each address a series of its own.
    tags: { name: "REST" },
  };
}

/**
 * Signs up `count` new people, whose addresses nobody can reach (RFC 2606).
 * @throws Error with the answer when that is refused repeatedly.
 */
export function signUp(run: string, count: number, urls: readonly string[]): Person[] {
  const people: Person[] = [];
  for (let failures = 0; people.length < count; ) {
    const from = people.length;
    const wanted = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => from + i);
    const answers = http.batch(
      wanted.map((i) => ({
        method: "POST",
        url: `${urls[i % urls.length]}/auth/register`,
        body: JSON.stringify({
          email: `load-${run}-${i}-${failures}@load.example.com`,
          password: `load-${run}-${i}`,
          name: `Load ${i}`,
        }),
        params: json(),
      })),
    );
    const wrong = answers.find(({ status }) => status !== 201);
    if (wrong && ++failures >= ATTEMPTS) throw new Error(`Signing up: ${describe(wrong)}`);
    if (wrong) {
      sleep(failures / 5);
      continue;
    }
    for (const [n, answer] of answers.entries()) {
      const { user, accessToken, refreshToken } = answer.json() as unknown as Session;
      const i = from + n;
      const url = urls[i % urls.length] ?? "";
      people.push({ id: user.id, deviceId: `load-${i}`, url, token: accessToken, refreshToken });
    }
  }
  return people;
}

/** Makes one group of all these people; returns its id. @throws Error with the answer when that is refused. */
export function makeGroup([owner, ...others]: readonly Person[], url: string): string {
  if (!owner) throw new Error("a group takes people");
  const body = { type: "GROUP", name: "Load", participantIds: others.map(({ id }) => id) };
  const answer = http.post(`${url}/conversations`, JSON.stringify(body), json(owner.token));
  if (answer.status !== 201) throw new Error(`Making a group: ${describe(answer)}`);
  return (answer.json() as unknown as { id: string }).id;
}

/** A new access token for a person whose own has run out. What is refused stays as it was: the next connect tells. */
export async function renew(person: Person): Promise<void> {
  const body = JSON.stringify({ refreshToken: person.refreshToken });
  const answer = await http.asyncRequest("POST", `${person.url}/auth/refresh`, body, json());
  if (answer.status !== 200) return;
  const { accessToken, refreshToken } = answer.json() as unknown as Session;
  person.token = accessToken;
  person.refreshToken = refreshToken;
}

function describe({ status, body, error, request }: Response): string {
  return `${request.url} answered ${status} ${error} ${String(body).slice(0, 300)}. A load test takes RATE_LIMIT_…=0 (docs/load-tests.md).`;
}
