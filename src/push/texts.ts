/** What notifications say, in the device's language. A language that is not here gets English. */
import type { MessageType } from "../protocol/message.ts";

interface Texts {
  from: (sender: string) => string;
  inGroup: (sender: string, group: string) => string;
  message: string;
  encrypted: string;
  kinds: Partial<Record<MessageType, string>>;
}

const texts: Record<string, Texts> = {
  en: {
    from: (sender) => `New message from ${sender}`,
    inGroup: (sender, group) => `${sender} in ${group}`,
    message: "New message",
    encrypted: "Encrypted message",
    kinds: { IMAGE: "Photo", VIDEO: "Video", AUDIO: "Voice message", FILE: "File" },
  },
  de: {
    from: (sender) => `Neue Nachricht von ${sender}`,
    inGroup: (sender, group) => `${sender} in ${group}`,
    message: "Neue Nachricht",
    encrypted: "Verschlüsselte Nachricht",
    kinds: { IMAGE: "Foto", VIDEO: "Video", AUDIO: "Sprachnachricht", FILE: "Datei" },
  },
  fr: {
    from: (sender) => `Nouveau message de ${sender}`,
    inGroup: (sender, group) => `${sender} dans ${group}`,
    message: "Nouveau message",
    encrypted: "Message chiffré",
    kinds: { IMAGE: "Photo", VIDEO: "Vidéo", AUDIO: "Message vocal", FILE: "Fichier" },
  },
  es: {
    from: (sender) => `Nuevo mensaje de ${sender}`,
    inGroup: (sender, group) => `${sender} en ${group}`,
    message: "Nuevo mensaje",
    encrypted: "Mensaje cifrado",
    kinds: { IMAGE: "Foto", VIDEO: "Vídeo", AUDIO: "Mensaje de voz", FILE: "Archivo" },
  },
  pt: {
    from: (sender) => `Nova mensagem de ${sender}`,
    inGroup: (sender, group) => `${sender} em ${group}`,
    message: "Nova mensagem",
    encrypted: "Mensagem criptografada",
    kinds: { IMAGE: "Foto", VIDEO: "Vídeo", AUDIO: "Mensagem de voz", FILE: "Arquivo" },
  },
  it: {
    from: (sender) => `Nuovo messaggio da ${sender}`,
    inGroup: (sender, group) => `${sender} in ${group}`,
    message: "Nuovo messaggio",
    encrypted: "Messaggio cifrato",
    kinds: { IMAGE: "Foto", VIDEO: "Video", AUDIO: "Messaggio vocale", FILE: "File" },
  },
};

/** Characters of a message that a notification shows: within the 4 KB of a payload in any script. */
const LONGEST_BODY = 200;
const LONGEST_NAME = 80;

export interface Wording {
  language: string | null;
  senderName: string;
  /** Null for a direct conversation. */
  groupName: string | null;
  type: MessageType;
  content: string;
  isEncrypted: boolean;
  hideContent: boolean;
}

/** Title and body of a notification. Nothing of the content when it is encrypted or to be hidden. */
export function wordingOf(about: Wording): { title: string; body: string } {
  const language = about.language?.toLowerCase().split(/[-_]/)[0] ?? "en";
  const words = texts[language] ?? (texts.en as Texts);
  const sender = shorten(about.senderName, LONGEST_NAME);
  const title = about.groupName
    ? words.inGroup(sender, shorten(about.groupName, LONGEST_NAME))
    : words.from(sender);
  return { title, body: bodyOf(about, words) };
}

function bodyOf(about: Wording, words: Texts): string {
  if (about.isEncrypted) return words.encrypted;
  if (about.hideContent) return words.message;
  return shorten(about.content.trim(), LONGEST_BODY) || words.kinds[about.type] || words.message;
}

/** At most `most` code points, with "…" for what is left out. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const points = Array.from(text.slice(0, 2 * most));
  return points.length <= most ? text : `${points.slice(0, most - 1).join("")}…`;
}
