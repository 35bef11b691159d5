import { type KeyboardEvent, type RefObject, useId, useMemo, useState } from "react";
import { useChat } from "../shell/client-context.tsx";
import { type Mentionable, matching, mentionName, queryAt } from "./mention-query.ts";

interface MentionOptions {
  conversationId: string;
  text: string;
  input: RefObject<HTMLTextAreaElement | null>;
  onComplete(text: string, caret: number): void;
}

/** Completes names after an @: a list over the line, arrows choose, Enter or Tab takes, Esc leaves. */
export function useMentions({ conversationId, text, input, onComplete }: MentionOptions) {
  const listId = useId();
  const participants = useChat((state) => state.conversations[conversationId]?.participants);
  const people = useChat((state) => state.people);
  const self = useChat((state) => state.self?.id);
  const [caret, setCaret] = useState(0);
  const [active, setActive] = useState(0);
  const [left, setLeft] = useState<number | null>(null);
  const [focused, setFocused] = useState(false);

  const query = queryAt(text, caret);
  const wanted = query?.text ?? null;
  const found = useMemo(() => {
    if (wanted === null || !participants) return [];
    const members: Mentionable[] = participants
      .filter(({ userId, status }) => userId !== self && status === "ACTIVE")
      .map(({ userId, user }) => ({
        id: userId,
        name: people[userId]?.name ?? user?.name ?? userId,
        avatarUrl: people[userId]?.avatarUrl ?? user?.avatarUrl ?? null,
      }));
    return matching(members, wanted);
  }, [wanted, participants, people, self]);
  const open = focused && query !== null && found.length > 0 && left !== query.from;
  const chosen = Math.min(active, found.length - 1);

  function complete(person: Mentionable): void {
    if (!query) return;
    const name = `@${mentionName(person.name, person.id)} `;
    onComplete(text.slice(0, query.from) + name + text.slice(caret), query.from + name.length);
    setActive(0);
  }

  function onKeyDown(event: KeyboardEvent): boolean {
    if (!open || !query) return false;
    const person = found[chosen];
    if (event.key === "ArrowDown") setActive((chosen + 1) % found.length);
    else if (event.key === "ArrowUp") setActive((chosen - 1 + found.length) % found.length);
    else if ((event.key === "Enter" || event.key === "Tab") && person) complete(person);
    else if (event.key === "Escape") setLeft(query.from);
    else return false;
    event.preventDefault();
    return true;
  }

  return {
    open,
    onKeyDown,
    /** The caret after a change. */
    follow: setCaret,
    list: { id: listId, people: found, active: chosen, onChoose: complete },
    inputProps: {
      // A textarea cannot be a combobox: as a text box it may still have a list that completes it.
      "aria-autocomplete": "list" as const,
      "aria-haspopup": "listbox" as const,
      "aria-controls": open ? listId : undefined,
      "aria-activedescendant": open ? `${listId}-${chosen}` : undefined,
      onSelect: () => setCaret(input.current?.selectionStart ?? 0),
      onFocus: () => setFocused(true),
    },
  };
}
