/** Whether a table's cell is a number, an interval of two, or the sign for none: then it stands on one line. */
export function isNumber(cell: string): boolean {
  return /^([−+<] ?)?[\d.,]+(e[−+-]?\d+)?( %)?( to [−+]?[\d.,]+(e[−+-]?\d+)?)?$|^–?$/.test(cell);
}

/** Which columns of a table hold words alone. */
export function wordColumns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly boolean[] {
  return head.map((_, column) => {
    const said = rows.map((row) => row[column] ?? "").filter((cell) => cell !== "–" && cell !== "");
    return said.length > 0 && !said.some(isNumber);
  });
}
