/** The images under test, as the nodes have them. */
const [nexus, data, e2e] = [
  process.env.NEXUS_IMAGE ?? "localhost/nexus:dev",
  process.env.NEXUS_DATA_IMAGE ?? "localhost/nexus-data:dev",
  process.env.NEXUS_E2E_IMAGE ?? "localhost/nexus-e2e:dev",
];

/** The image that traffic and other helpers of the tests run in. */
export const e2eImage = e2e;

/** `image` and `dataImage` of the chart's values. */
export const imageValues = { image: { ...split(nexus), pullPolicy: "IfNotPresent" }, dataImage: split(data) };

function split(image: string): { repository: string; tag: string } {
  // A colon before the last slash is that of a registry's port.
  const at = image.lastIndexOf(":") > image.lastIndexOf("/") ? image.lastIndexOf(":") : image.length;
  return { repository: image.slice(0, at), tag: image.slice(at + 1) || "latest" };
}
