import styles from "./pane-skeleton.module.css";

const bubbles = [
  [46, false],
  [30, false],
  [52, true],
  [38, false],
  [24, true],
  [60, true],
  [42, false],
] as const;

/** The shape of messages that are not here yet. */
export function PaneSkeleton() {
  return (
    <div className={styles.pane} role="status" aria-label="Loading messages">
      {bubbles.map(([width, own]) => (
        <span
          key={width}
          className={styles.bubble}
          data-own={own ? "" : undefined}
          style={{ width: `${width}%` }}
        />
      ))}
    </div>
  );
}
