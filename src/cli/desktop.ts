/** Whether a person sits at this terminal with a desktop on which a browser can open: not over SSH, and on Linux where there is a display. */
export function wantsBrowser(
  environment: Readonly<Record<string, string | undefined>>,
  platform: string,
  isTerminal: boolean,
): boolean {
  if (!isTerminal || environment.SSH_CONNECTION || environment.SSH_TTY || environment.CI) return false;
  return platform !== "linux" || Boolean(environment.DISPLAY || environment.WAYLAND_DISPLAY);
}
