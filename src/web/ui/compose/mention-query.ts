export interface Mentionable {
  id: string;
  name: string;
  avatarUrl: string | null;
}

const MOST = 6;

/** The name that is being written at the caret: where its @ stands, and what comes after it. */
export function queryAt(text: string, caret: number): { from: number; text: string } | null {
  const match = /(?:^|[^\p{L}\p{N}])@([\p{L}\p{N}_.-]{0,40})$/u.exec(text.slice(0, caret));
  return match ? { from: caret - (match[1]?.length ?? 0) - 1, text: match[1] ?? "" } : null;
}

/** Who is meant: by the beginning of any word of the name, or of the name without its spaces. */
export function matching(people: readonly Mentionable[], query: string): Mentionable[] {
  const wanted = query.toLocaleLowerCase();
  return people
    .filter(({ name, id }) => {
      const words = name.toLocaleLowerCase().split(/\s+/);
      return [...words, mentionName(name, id).toLocaleLowerCase()].some((word) => word.startsWith(wanted));
    })
    .sort((a, b) => a.name.localeCompare(b.name))
    .slice(0, MOST);
}

/** How a person is written after an @ so that the server knows who is meant: the name without spaces, else the id. */
export function mentionName(name: string, id: string): string {
  const joined = name.replace(/\s+/g, "");
  return /^[\p{L}\p{N}][\p{L}\p{N}_.-]*$/u.test(joined) ? joined : id;
}
