// The images under test, as the nodes have them.
export const image = process.env.NEXUS_IMAGE ?? "localhost/nexus:dev";
export const dataImage = process.env.NEXUS_DATA_IMAGE ?? "localhost/nexus-data:dev";
/** The image that traffic and other helpers of the tests run in. */
export const e2eImage = process.env.NEXUS_E2E_IMAGE ?? "localhost/nexus-e2e:dev";

/** `image` and `dataImage` of the chart's values. */
export const imageValues = {
  image: { ...split(image), pullPolicy: "IfNotPresent" },
  dataImage: split(dataImage),
};

function split(name: string): { repository: string; tag: string } {
  // A colon before the last slash is that of a registry's port.
  const at = name.lastIndexOf(":") > name.lastIndexOf("/") ? name.lastIndexOf(":") : name.length;
  return { repository: name.slice(0, at), tag: name.slice(at + 1) || "latest" };
}
