/** A registration token that Google would take. */
export function tokenOf(name: string): string {
  return `${name.replaceAll(/[^\w-]/g, "_")}:APA91b${"x".repeat(120)}`;
}
