/** The sign of Nexus: lines that meet in one speech bubble. */
export function Logo({ size = 40 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden="true">
      <defs>
        <linearGradient id="nexus-logo" x1="0" y1="0" x2="1" y2="1">
          <stop offset="0" stopColor="#7468ff" />
          <stop offset="1" stopColor="#3d31c4" />
        </linearGradient>
      </defs>
      <path
        fill="url(#nexus-logo)"
        d="M32 4c16 0 28 10.7 28 25.2S48 54.4 32 54.4c-2.7 0-5.3-.3-7.7-.9L11.7 59.6c-1.3.6-2.7-.6-2.3-2l2.7-10.1C7.1 43 4 36.5 4 29.2 4 14.7 16 4 32 4Z"
      />
      <path
        d="M21 39V20l22 19V20"
        fill="none"
        stroke="#fff"
        strokeWidth="5.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
