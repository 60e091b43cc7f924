/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * What the page does when it is used: pick an attribute, a reward model, an estimand; sort; filter the examples; tell the values of marks. Runs in
 * the reader's browser from its own source text, so it uses nothing from outside itself. It shows and hides what stands on the page and sets text,
 * never markup; without it everything stands there, unsorted.
 */
export function behave(): void {
  const all = <Kind extends HTMLElement>(selector: string) => [...document.querySelectorAll<Kind>(selector)];
  const chosen = (name: string) =>
    document.querySelector<HTMLSelectElement>(`select[name="${name}"]`)?.value ?? "";

  const update = () => {
    const [concept, model, kind, arm] = ["concept", "model", "kind", "arm"].map(chosen);
    const estimand = chosen("estimand") || "ate";
    const fits = (wanted: string | undefined, own: string | undefined) =>
      !wanted || own === undefined || own.split(" ").includes(wanted);
    for (const element of all("[data-concept], [data-model], [data-kind], [data-arm]")) {
      const { dataset } = element;
      element.hidden = !(
        fits(concept, dataset.concept) &&
        fits(model, dataset.model) &&
        fits(kind, dataset.kind) &&
        fits(arm, dataset.arm)
      );
    }
    for (const element of all("[data-estimand]")) element.hidden = element.dataset.estimand !== estimand;
    for (const element of all("[data-none-of]"))
      element.hidden = all(element.dataset.noneOf!).some((entry) => !entry.hidden);
  };

  const sortForest = () => {
    const order = chosen("order");
    for (const list of all(".forest")) {
      const rows = [...list.children] as HTMLElement[];
      const place = ({ dataset }: HTMLElement) => Number(order === "effect" ? dataset.value : dataset.place);
      rows.sort((a, b) => (order === "effect" ? place(b) - place(a) : place(a) - place(b)));
      list.append(...rows);
    }
  };

  const makeSortable = (table: HTMLElement) => {
    const heads = [...table.querySelectorAll<HTMLElement>("thead th")];
    for (const [column, head] of heads.entries()) {
      if (!head.textContent) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const body = table.querySelector("tbody")!;
        const keyed = [...body.rows].map((row) => ({ row, key: keyOf(row.cells[column]) }));
        keyed.sort((a, b) => compare(a.key, b.key) * (down ? -1 : 1));
        body.append(...keyed.map(({ row }) => row));
      });
    }
  };
  const keyOf = (cell: HTMLTableCellElement | undefined) => {
    const text = cell?.textContent ?? "";
    const number = Number.parseFloat(text.replace("−", "-").replace(/^[+<] ?/, ""));
    return Number.isNaN(number) ? text : number;
  };
  const compare = (a: string | number, b: string | number) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));

  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  const tell = (event: PointerEvent) => {
    const mark = (event.target as Element).closest("[data-tip]");
    tip.hidden = mark === null;
    if (!mark) return;
    tip.textContent = mark.getAttribute("data-tip");
    tip.style.left = `${Math.min(event.clientX + 12, Math.max(0, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${Math.max(0, event.clientY - tip.offsetHeight - 12)}px`;
  };
  document.addEventListener("pointermove", tell);
  document.addEventListener("pointerdown", tell);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") tip.hidden = true;
  });

  for (const element of all("[data-script]")) element.hidden = false;
  for (const table of all("table.sortable")) makeSortable(table);
  for (const select of all("select")) {
    select.addEventListener("change", () => {
      update();
      sortForest();
    });
  }
  for (const button of all("button[data-open]")) {
    button.addEventListener("click", () => {
      for (const details of all<HTMLDetailsElement>("details.example"))
        details.open = button.dataset.open === "true";
    });
  }
  addEventListener("beforeprint", () => {
    for (const details of all<HTMLDetailsElement>("details.prints")) details.open = true;
  });
  update();
}
