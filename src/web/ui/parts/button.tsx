import type { LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";
import styles from "./button.module.css";

type ButtonProps = ComponentProps<"button"> & {
  look?: "primary" | "plain" | "danger" | "quiet";
  busy?: boolean;
};

/** A button with words on it. */
export function Button({ look = "plain", busy = false, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      disabled={rest.disabled || busy}
      className={`${styles.button} ${styles[look]} ${className ?? ""}`}
    >
      {children}
    </button>
  );
}

type IconButtonProps = Omit<ComponentProps<"button">, "children"> & {
  icon: LucideIcon;
  /** What it does: its accessible name and its tip. */
  label: string;
  size?: number;
  tip?: "top" | "bottom" | "none";
  look?: "plain" | "primary" | "small";
};

/** A round button with only an icon on it. */
export function IconButton({
  icon: Icon,
  label,
  size = 20,
  tip = "bottom",
  look = "plain",
  className,
  ...rest
}: IconButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      {...(tip !== "none" && { "data-tip": label, "data-tip-side": tip })}
      className={`${styles.icon} ${styles[`icon-${look}`]} ${className ?? ""}`}
    >
      <Icon size={size} strokeWidth={2} aria-hidden="true" />
    </button>
  );
}
