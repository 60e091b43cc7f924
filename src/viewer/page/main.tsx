import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { shortName } from "../../domain/escape-controls.js";
import { type Place, placeFrom } from "../server/place.js";
import { Examples } from "./examples.js";
import { Link } from "./link.js";
import { Overview } from "./overview.js";
import { Result } from "./result.js";

function here(): Place {
  return placeFrom(location.pathname, location.search);
}

function Page() {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const follow = () => setPlace(here());
    addEventListener("popstate", follow);
    addEventListener("place", follow);
    return () => {
      removeEventListener("popstate", follow);
      removeEventListener("place", follow);
    };
  }, []);
  const file = place.view === "overview" ? null : place.file;
  useEffect(() => {
    document.title = file === null ? "RATE" : `${shortName(file, 60)} · RATE`;
  }, [file]);
  return (
    <>
      <header>
        <nav aria-label="Places">
          <Link to={{ view: "overview" }} class="home" current={place.view === "overview"}>
            RATE
          </Link>
          {file !== null && (
            <span class="file" title={shortName(file, 400)}>
              {shortName(file)}
            </span>
          )}
        </nav>
      </header>
      {place.view === "overview" && <Overview />}
      {place.view === "result" && <Result place={place} />}
      {place.view === "examples" && <Examples key={place.file} place={place} />}
    </>
  );
}

render(<Page />, document.getElementById("page")!);
