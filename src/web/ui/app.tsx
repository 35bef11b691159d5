import { useEffect } from "react";
import { Overlays } from "./overlay/overlays.tsx";
import { Splash } from "./parts/splash.tsx";
import { useChat, useClient } from "./shell/client-context.tsx";
import { goTo } from "./shell/route.ts";
import { Workspace } from "./shell/workspace.tsx";
import { SignIn } from "./sign-in/sign-in.tsx";

/** The whole client: nothing until IndexedDB was read, then sign-in or the workspace. */
export function App() {
  const client = useClient();
  const phase = useChat((state) => state.phase);
  useEffect(() => client.push.onOpen((conversationId) => goTo({ conversationId })), [client]);
  return (
    <>
      {phase === "starting" && <Splash />}
      {phase === "signed-out" && <SignIn />}
      {phase === "signed-in" && <Workspace />}
      <Overlays />
    </>
  );
}
