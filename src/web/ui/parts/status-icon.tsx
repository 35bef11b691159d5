import styles from "./status-icon.module.css";

const words = {
  clock: "Sending",
  error: "Not sent",
  sent: "Sent",
  delivered: "Delivered",
  read: "Read",
} as const;

/** Clock: sending; one check: sent; two: delivered; two blue ones: read; and an error. */
export function StatusIcon({ icon, size = 16 }: { icon: keyof typeof words; size?: number }) {
  return (
    <svg
      className={styles[icon]}
      width={size}
      height={size}
      viewBox="0 0 18 18"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
      role="img"
      aria-label={words[icon]}
      data-status={icon}
    >
      {icon === "clock" && (
        <path d="M9 2.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5ZM9 5.5V9l2.25 1.5" />
      )}
      {icon === "error" && <path d="M9 2.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM9 5.75v3.75M9 12.15v.1" />}
      {icon === "sent" && <path d="m4.5 9.5 3.25 3.25 6-7" />}
      {(icon === "delivered" || icon === "read") && <path d="m1.5 9.5 3.25 3.25 6-7M8.75 12.25l.5.5 6-7" />}
    </svg>
  );
}
