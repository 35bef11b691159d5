import { Bell, LogOut, Moon, Settings as SettingsIcon, Sun, Users } from "lucide-react";
import { NewConversation, Settings } from "../dialogs/lazy.tsx";
import { openDialog, openMenu } from "../overlay/overlay-store.ts";
import { chooseTheme } from "../theme/theme.ts";

/** The menu over the list. */
export function openMainMenu(anchor: HTMLElement): void {
  const dark = document.documentElement.dataset.theme === "dark";
  openMenu({
    label: "Menu",
    anchor,
    groups: [
      [
        {
          label: "New group",
          icon: Users,
          onSelect: () => openDialog(<NewConversation group />),
        },
      ],
      [
        { label: "Profile and settings", icon: SettingsIcon, onSelect: () => openDialog(<Settings />) },
        {
          label: "Notifications",
          icon: Bell,
          onSelect: () => openDialog(<Settings at="notifications" />),
        },
        {
          label: dark ? "Light theme" : "Dark theme",
          icon: dark ? Sun : Moon,
          onSelect: () => chooseTheme(dark ? "light" : "dark"),
        },
      ],
      [
        {
          label: "Sign out",
          icon: LogOut,
          danger: true,
          onSelect: () => openDialog(<Settings at="sign-out" />),
        },
      ],
    ],
  });
}
