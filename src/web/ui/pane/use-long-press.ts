import { type PointerEvent, useRef } from "react";

const PRESS_MS = 420;
const SLIP = 10;

/** A finger that stays where it is for 420 ms: what a right click is for a mouse. */
export function useLongPress(onPress: (point: { x: number; y: number }) => void) {
  const state = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null);
  const cancel = () => {
    clearTimeout(state.current?.timer);
    state.current = null;
  };
  return {
    onPointerDown(event: PointerEvent) {
      if (event.pointerType === "mouse") return;
      const { clientX: x, clientY: y } = event;
      const timer = setTimeout(() => {
        state.current = null;
        navigator.vibrate?.(8);
        onPress({ x, y });
      }, PRESS_MS);
      state.current = { timer, x, y };
    },
    onPointerMove({ clientX, clientY }: PointerEvent) {
      const { x, y } = state.current ?? { x: clientX, y: clientY };
      if (Math.hypot(clientX - x, clientY - y) > SLIP) cancel();
    },
    onPointerUp: cancel,
    onPointerCancel: cancel,
  };
}
