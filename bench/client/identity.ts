/** The users and groups of a run are numbered; these are their ids, the same in every process. */

/** The id of user `index`: shaped like the UUID that a real account has. */
export function userId(index: number): string {
  return `0198c0de-0000-7000-8000-${index.toString(16).padStart(12, "0")}`;
}

/** The id of the one group of the group scenario. */
export const groupId = "0198c0de-1111-7000-8000-000000000001";
