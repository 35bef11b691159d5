/** Dialogs by name, each fetched when it is first opened. */
import { type ComponentType, lazy, Suspense } from "react";

function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  const Loaded = lazy(() =>
    load().then((component) => ({ default: component })),
  ) as unknown as ComponentType<P>;
  return function Later(props: P) {
    return (
      <Suspense fallback={null}>
        <Loaded {...props} />
      </Suspense>
    );
  };
}

export const NewConversation = later(() => import("./new-conversation.tsx").then((m) => m.NewConversation));
export const Settings = later(() => import("./settings.tsx").then((m) => m.Settings));
export const Forward = later(() => import("./forward.tsx").then((m) => m.Forward));
export const History = later(() => import("./history.tsx").then((m) => m.History));
export const Confirm = later(() => import("./confirm.tsx").then((m) => m.Confirm));
export const ImageViewer = later(() => import("./image-viewer.tsx").then((m) => m.ImageViewer));
export const AddPeople = later(() => import("./add-people.tsx").then((m) => m.AddPeople));
export const EmojiPicker = later(() => import("./emoji-picker.tsx").then((m) => m.EmojiPicker));
