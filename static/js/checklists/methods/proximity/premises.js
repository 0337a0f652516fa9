// What was read of one place near a site: its position, and the way to it.

import { trackWalk } from "../../../zones/track.js";

/** Whether a position is whole and possible. */
export function isLocated({ lat, lon, accuracy_m }) {
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && accuracy_m >= 0;
}

/** A walked way as it was read: a track where one was recorded, else a measuring wheel's metres; undefined without. */
export function readWalk(metres, track) {
  if (track) return { by: "track", track: JSON.parse(track) };
  return metres ? { by: "wheel", metres: Number(metres) } : undefined;
}

/** @returns {import("../../../zones/measured.js").Walk|null} what `readWalk` found, with its metres */
export function walked(walk) {
  if (!walk) return null;
  return walk.by === "track" ? trackWalk(walk.track) : walk;
}
