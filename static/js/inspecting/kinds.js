// The kinds of what is captured: where each is sent, and on which page one goes on that was not sent.

import { rooted } from "../root.js";

/** @typedef {"inspection"|"adhoc"|"correction"|"handling"} Name as drafts and outbox entries say it */
/** @typedef {{records: string, page: (subject: string, version?: string) => string}} Kind addresses; that of a record ends with its
 * id; version: of the checklist with which it was begun */

const INSPECTIONS = rooted("/api/v1/inspections/");
/** @type {Record<Name, Kind>} */
const KINDS = {
  inspection: {
    records: INSPECTIONS,
    page: (site, version) => rooted(`/field/sites/${encodeURIComponent(site)}${version ? `?version=${encodeURIComponent(version)}` : ""}`),
  },
  adhoc: { records: INSPECTIONS, page: () => rooted("/field/adhoc") },
  correction: { records: rooted("/api/v1/corrections/"), page: (inspection) => rooted(`/field/corrections/${encodeURIComponent(inspection)}`) },
  handling: { records: rooted("/api/v1/handlings/"), page: (subject) => rooted(`/unit/cases/${encodeURIComponent(subject.replace(/^case\//, ""))}`) },
};

/** @param {Name} [name] which the oldest entries do not have */
export const kindOf = (name = "inspection") => KINDS[name];
