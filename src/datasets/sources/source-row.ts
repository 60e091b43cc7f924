export type { TableRow as SourceRow } from "../../storage/readers/tables/row.js";
