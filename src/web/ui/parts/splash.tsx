import { Logo } from "./logo.tsx";
import styles from "./splash.module.css";

/** For the few milliseconds before anything is known; appears only if they become many. */
export function Splash() {
  return (
    <main className={styles.splash} aria-busy="true" aria-label="Nexus is starting">
      <Logo size={64} />
    </main>
  );
}
