import { ArrowLeft, X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { IconButton } from "../parts/button.tsx";
import { goTo } from "../shell/route.ts";
import { useLayout } from "../shell/use-layout.ts";
import styles from "./side-frame.module.css";

interface SideFrameProps {
  conversationId: string;
  title: string;
  subtitle?: string;
  children: ReactNode;
}

/** The frame of a side panel: its title and the way back. Esc closes it, too. */
export function SideFrame({ conversationId, title, subtitle, children }: SideFrameProps) {
  const layout = useLayout();
  const titleId = useId();
  // Beside the messages, or, on a phone, all there is on the page.
  const [Frame, Title] = layout === "phone" ? (["main", "h1"] as const) : (["aside", "h2"] as const);
  const frame = useRef<HTMLElement>(null);
  const close = () => goTo({ conversationId });
  useEffect(() => {
    // Whoever opened it by a key goes on in it; a field that wants the focus takes it itself.
    const panel = frame.current;
    if (panel && !panel.contains(document.activeElement)) panel.focus({ preventScroll: true });
  }, []);
  return (
    <Frame ref={frame} className={styles.frame} data-layout={layout} aria-labelledby={titleId} tabIndex={-1}>
      <header className={styles.header}>
        {layout === "phone" && (
          <IconButton icon={ArrowLeft} label="Back to messages" tip="none" onClick={close} />
        )}
        <div className={styles.words}>
          <Title id={titleId} className={styles.title}>
            {title}
          </Title>
          {subtitle && <p className={styles.subtitle}>{subtitle}</p>}
        </div>
        {layout !== "phone" && <IconButton icon={X} label="Close panel" tip="none" onClick={close} />}
      </header>
      {children}
    </Frame>
  );
}
