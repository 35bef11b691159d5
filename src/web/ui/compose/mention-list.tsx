import { Avatar } from "../parts/avatar.tsx";
import styles from "./mention-list.module.css";
import type { Mentionable } from "./mention-query.ts";

interface MentionListProps {
  id: string;
  people: readonly Mentionable[];
  active: number;
  onChoose(person: Mentionable): void;
}

/** Whom the @ could mean. The focus stays in the line; keys are handled there. */
export function MentionList({ id, people, active, onChoose }: MentionListProps) {
  return (
    <div className={styles.list} id={id} role="listbox" aria-label="People to mention">
      {people.map((person, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the line to write in has the keys
        // biome-ignore lint/a11y/useFocusableInteractive: named by aria-activedescendant instead
        <div
          key={person.id}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === active}
          className={styles.option}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onChoose(person)}
        >
          <Avatar id={person.id} name={person.name} url={person.avatarUrl} size={30} />
          <span className={styles.name} dir="auto">
            {person.name}
          </span>
        </div>
      ))}
    </div>
  );
}
