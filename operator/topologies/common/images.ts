import type { ChatClusterSpec } from "../../api/chat-cluster.ts";

export interface Images {
  /** Gateways, workers, migrations. */
  nexus: string;
  /** Redis and Postgres. */
  data: string;
}

interface ImageDefaults {
  version: string;
  image: string;
  dataImage: string;
}

/** The images that a spec asks for. What it leaves out is the operator's own. */
export function imagesOf(spec: ChatClusterSpec, defaults: ImageDefaults): Images {
  return {
    nexus: compose(defaults.image, spec.image.repository, spec.image.tag ?? spec.version, defaults.version),
    data: compose(defaults.dataImage, spec.dataImage.repository, spec.dataImage.tag, defaults.version),
  };
}

function compose(fallback: string, repository: string | undefined, tag: string | undefined, version: string) {
  if (repository === undefined && tag === undefined) return fallback;
  const own = splitImage(fallback);
  return `${repository ?? own.repository}:${tag ?? own.tag ?? version}`;
}

/** `host:5000/nexus:1.2@sha256:…` in its parts. */
export function splitImage(image: string): { repository: string; tag?: string; digest?: string } {
  const [named = image, digest] = image.split("@");
  const colon = named.lastIndexOf(":");
  const tagged = colon > named.lastIndexOf("/");
  return {
    repository: tagged ? named.slice(0, colon) : named,
    ...(tagged && { tag: named.slice(colon + 1) }),
    ...(digest !== undefined && { digest }),
  };
}

/** The version that an image is called by: its tag, else its digest. */
export function versionOf(image: string): string {
  const { tag, digest } = splitImage(image);
  return tag ?? digest ?? "latest";
}
