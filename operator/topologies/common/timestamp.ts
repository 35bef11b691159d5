/** RFC 3339 to the second, as Kubernetes writes times into conditions. */
export function timestampOf(time: Date | number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}
