import styles from "./row-skeletons.module.css";

const widths = [62, 44, 70, 52, 38, 66, 48] as const;

/** The shape of rows that are not here yet. */
export function RowSkeletons() {
  return (
    <div className={styles.rows} role="status" aria-label="Loading">
      {widths.map((width) => (
        <div key={width} className={styles.row}>
          <span className={styles.circle} />
          <span className={styles.lines}>
            <span className={styles.line} style={{ width: `${width}%` }} />
            <span className={styles.line} style={{ width: `${width / 2 + 40}%` }} />
          </span>
        </div>
      ))}
    </div>
  );
}
