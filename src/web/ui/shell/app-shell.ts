import { toast } from "../overlay/overlay-store.ts";

/**
 * Keeps the app on this device, and says when a newer version is there. Browsers without service workers, and pages
 * over plain HTTP, do without.
 */
export function keepAppShell(): void {
  if (!("serviceWorker" in navigator)) return;
  const hadOne = navigator.serviceWorker.controller !== null;
  let reloading = false;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (!hadOne || reloading) return;
    reloading = true;
    location.reload();
  });
  navigator.serviceWorker
    .register("/service-worker.js")
    .then((registration) => {
      offer(registration);
      registration.addEventListener("updatefound", () => {
        registration.installing?.addEventListener("statechange", () => offer(registration));
      });
    })
    .catch(() => {}); // the page works without it
}

function offer({ waiting }: ServiceWorkerRegistration): void {
  if (!waiting || !navigator.serviceWorker.controller) return;
  toast("A new version of Nexus is here.", {
    action: { label: "Reload", run: () => waiting.postMessage("take-over") },
  });
}
