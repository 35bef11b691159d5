import { Search, X } from "lucide-react";
import type { ComponentProps, RefObject } from "react";
import styles from "./search-field.module.css";

type SearchFieldProps = Omit<ComponentProps<"input">, "onChange" | "value" | "ref"> & {
  label: string;
  value: string;
  onValue(value: string): void;
  inputRef?: RefObject<HTMLInputElement | null>;
};

/** A line to search in; Esc empties it. */
export function SearchField({ label, value, onValue, inputRef, onKeyDown, ...rest }: SearchFieldProps) {
  return (
    <div className={styles.frame}>
      <Search size={17} className={styles.glass} aria-hidden="true" />
      <input
        type="text"
        enterKeyHint="search"
        autoComplete="off"
        spellCheck={false}
        placeholder={label}
        {...rest}
        ref={inputRef}
        aria-label={label}
        className={styles.input}
        value={value}
        onChange={(event) => onValue(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && value !== "") {
            event.stopPropagation();
            event.preventDefault();
            onValue("");
          } else onKeyDown?.(event);
        }}
      />
      {value !== "" && (
        <button type="button" className={styles.clear} aria-label="Clear" onClick={() => onValue("")}>
          <X size={15} aria-hidden="true" />
        </button>
      )}
    </div>
  );
}
