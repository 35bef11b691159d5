// What other people write is shown in this user's terminal: a control sequence in it could move the cursor, hide
// text, rename the window or type commands on some terminals; a bidirectional override makes text read as another.

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const SEPARATORS = /[\u2028\u2029]/g;

/** Text of others as it may be printed; lines after the first are indented so that none can pose as ours. */
export function plainText(text: string, indent = "    "): string {
  return neutral(text.replace(/\r\n?/g, "\n")).split("\n").join(`\n${indent}`);
}

/** A name or a title of others: the same on one line, and not endless. */
export function plainName(name: string): string {
  const line = neutral(name.replace(/\r\n?/g, "\n")).replace(/\s+/g, " ").trim();
  const characters = [...line];
  return characters.length > 40 ? `${characters.slice(0, 39).join("")}…` : line || "(no name)";
}

function neutral(text: string): string {
  return text
    .toWellFormed()
    .replace(CONTROLS, (c) => (c < " " ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : "�"))
    .replace(/\t/g, "  ")
    .replace(SEPARATORS, "\n")
    .replace(DIRECTION, "�");
}
