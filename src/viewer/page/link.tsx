import type { ComponentChildren } from "preact";
import { addressOf, type Place } from "../server/place.js";

/** Goes to a place: the page shows it, and the address says so. `replace` leaves no step to go back to. */
export function goTo(place: Place, { replace = false } = {}): void {
  const address = addressOf(place);
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  dispatchEvent(new Event("place"));
}

interface LinkProps {
  readonly to: Place;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly current?: boolean;
  readonly label?: string;
}

/** A link within the page, which can be opened in a tab of its own like any other. */
export function Link({ to, children, current, label, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    goTo(to);
  };
  return (
    <a
      href={addressOf(to)}
      onClick={follow}
      aria-current={current ? "true" : undefined}
      aria-label={label}
      {...rest}
    >
      {children}
    </a>
  );
}
