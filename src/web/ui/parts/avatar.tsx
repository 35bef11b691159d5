import { Users } from "lucide-react";
import { useState } from "react";
import { hueOf, initialsOf } from "../format/person.ts";
import styles from "./avatar.module.css";

export interface AvatarProps {
  /** Whose: decides the colour. */
  id: string;
  name: string;
  url?: string | null | undefined;
  size?: number;
  online?: boolean;
  group?: boolean;
}

/** A person's or group's picture, or their initials on their colour. It says nothing to a screen reader: the name is beside it. */
export function Avatar({ id, name, url, size = 44, online = false, group = false }: AvatarProps) {
  const [failed, setFailed] = useState<string>();
  const shown = url && failed !== url;
  return (
    <span className={styles.frame} style={{ width: size, height: size }} aria-hidden="true">
      {shown ? (
        <img
          className={styles.picture}
          src={url}
          alt=""
          loading="lazy"
          decoding="async"
          referrerPolicy="no-referrer"
          onError={() => setFailed(url)}
        />
      ) : (
        <span
          className={styles.initials}
          style={{ "--hue": hueOf(id), fontSize: Math.round(size * 0.38) } as React.CSSProperties}
        >
          {initialsOf(name) || (group && <Users size={size * 0.45} />)}
        </span>
      )}
      {online && <span className={styles.online} />}
    </span>
  );
}
