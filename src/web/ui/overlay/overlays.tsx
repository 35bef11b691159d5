import { lazy, Suspense, useEffect } from "react";
import { useOverlays } from "./overlay-store.ts";
import { Toasts } from "./toasts.tsx";

const loadLayer = () => import("./layer.tsx").then(({ Layer }) => ({ default: Layer }));
const Layer = lazy(loadLayer);

/** Draws what is open over the page. Radix comes with the first of it, or when the browser has nothing to do. */
export function Overlays() {
  const any = useOverlays(({ menu, popover, dialog }) => Boolean(menu || popover || dialog));
  useEffect(() => {
    const idle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 1500));
    idle(() => void loadLayer().catch(() => {}), { timeout: 5000 });
  }, []);
  return (
    <>
      {any && (
        <Suspense fallback={null}>
          <Layer />
        </Suspense>
      )}
      <Toasts />
    </>
  );
}
