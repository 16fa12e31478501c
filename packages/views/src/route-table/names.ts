/** The short name under which statuses of this table are written. */
export const routeTableController = "route-table";
