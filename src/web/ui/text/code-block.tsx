import { Check, Copy } from "lucide-react";
import { useState } from "react";
import styles from "./code-block.module.css";

/** Lines of code with a button that copies them. */
export function CodeBlock({ text, language }: { text: string; language: string }) {
  const [copied, setCopied] = useState(false);
  async function copy() {
    await navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => {},
    );
    setTimeout(() => setCopied(false), 1600);
  }
  const Icon = copied ? Check : Copy;
  return (
    <div className={styles.block}>
      <div className={styles.head}>
        <span>{language || "code"}</span>
        <button type="button" className={styles.copy} onClick={copy} tabIndex={-1}>
          <Icon size={13} aria-hidden="true" />
          {copied ? "Copied" : "Copy"}
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: wide code is scrolled by keys, too */}
      <pre className={styles.code} tabIndex={0}>
        <code>{text}</code>
      </pre>
    </div>
  );
}
