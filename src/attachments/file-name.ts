/** What a name may not hold: control signs, folders' separators, signs that turn the direction of reading. */
const unfit = /[\p{Cc}\u2028\u2029/\\\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The name that a stranger gave a file, such that it deceives nobody about where it lies or how it ends. */
export function cleanFileName(given: string | undefined): string {
  const clean = (given ?? "").toWellFormed().replace(unfit, "").trim();
  if (/^\.*$/.test(clean)) return "file";
  const signs = [...clean];
  if (signs.length <= 200) return clean;
  const ending = /\.[^.]{1,16}$/u.exec(clean)?.[0] ?? "";
  return signs.slice(0, 200 - ending.length).join("") + ending;
}

/** The value of Content-Disposition (RFC 6266): the name in ASCII for the oldest, and as it is for the others. */
export function contentDisposition(kind: "inline" | "attachment", name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const exact = encodeURIComponent(name).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${exact}`;
}
