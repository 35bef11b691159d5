import { type RefObject, useEffect, useState } from "react";

/** Files dropped on the element are handed over; returns whether some are held over it. `null`: none are wanted. */
export function useFileDrop(
  element: RefObject<HTMLElement | null>,
  onFiles: ((files: readonly File[]) => void) | null,
): boolean {
  const [over, setOver] = useState(false);
  const wanted = onFiles !== null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the handler may be another function each time
  useEffect(() => {
    const target = element.current;
    if (!target || !wanted) return;
    const controller = new AbortController();
    const { signal } = controller;
    let depth = 0;
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    target.addEventListener("dragenter", (event) => holdsFiles(event) && setOver(++depth > 0), { signal });
    target.addEventListener("dragleave", (event) => holdsFiles(event) && setOver(--depth > 0), { signal });
    target.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault(), { signal });
    target.addEventListener(
      "drop",
      (event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        depth = 0;
        setOver(false);
        onFiles?.([...(event.dataTransfer?.files ?? [])]);
      },
      { signal },
    );
    return () => controller.abort();
  }, [element, wanted]);
  return over;
}
