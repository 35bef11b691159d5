/**
 * Preloaded (`node --import …/exit-with-parent.ts main.ts`) into the Node processes that a development stack
 * or a test starts with an IPC channel: when the parent goes, even by SIGKILL, the channel closes and the
 * process stops as on SIGTERM. Without a channel it does nothing.
 */
const graceMs = 10_000;

process.once("disconnect", () => {
  // A shutdown that hangs must not leave the process behind: nobody is there any more to end it.
  setTimeout(() => process.kill(process.pid, "SIGKILL"), graceMs).unref();
  process.kill(process.pid, "SIGTERM");
});
// The listener above must not keep a process alive that has nothing else to do.
process.channel?.unref();
